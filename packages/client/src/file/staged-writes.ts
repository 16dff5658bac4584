import type { v1 } from '@tessera/protocol';
import { extentsToWire } from '../put/commit.js';
import { settleTogether } from '../put/put-target.js';
import type { Scope } from '../scope.js';
import type { PlacedSegment } from '../stripe/waiting-segment.js';
import type { FileTarget, Piece } from './file-target.js';

/** What a commit presents of staged writes: extents, ascending, and the stripes that they lie in. */
export interface StagedContent {
  readonly extents: readonly v1.ExtentWrite.$Properties[];
  readonly stripes: readonly v1.StripeWrite.$Properties[];
}

/** Writes to a file that are durable and not in it: whoever presents them, this client or one that was told, commits them. */
export class StagedWrites {
  readonly #target: Pick<FileTarget, 'writeJoined' | 'settle'>;
  /** Without their bytes, which nobody needs any more. */
  readonly #placed: Pick<PlacedSegment, 'stripe' | 'holds'>[] = [];
  readonly #extents: v1.ExtentWrite.$Properties[] = [];

  constructor(target: Pick<FileTarget, 'writeJoined' | 'settle'>) {
    this.#target = target;
  }

  /**
   * Resolves once the pieces, each at most a segment, are durable; small ones share segments of at most `joinedBytesMax`.
   * Ascending in each call; no byte twice. @throws TesseraError
   */
  async write(pieces: readonly Piece[], joinedBytesMax: number, scope: Scope): Promise<void> {
    const { writing, release } = this.#target.writeJoined(pieces, { holds: false, joinedBytesMax }, scope);
    for (const written of writing) written.then(() => scope.progress()).catch(() => {});
    const extents = await settleTogether(writing, ({ placed }) => this.#target.settle(placed));
    release();
    for (const { placed } of extents) {
      const { stripe, holds } = placed;
      this.#placed.push({ stripe, holds });
    }
    this.#extents.push(...extentsToWire(extents));
  }

  get content(): StagedContent {
    const extents = this.#extents.toSorted((left, right) => Number(left.fileOffset) - Number(right.fileOffset));
    return { extents, stripes: [...new Set(this.#placed.map(({ stripe }) => stripe.wire))] };
  }

  /** They are committed, or not going to be. */
  settle(): void {
    for (const placed of this.#placed.splice(0)) this.#target.settle(placed);
  }

  /** What they were written under is closed. */
  dropLeases(): void {
    for (const { stripe } of this.#placed) stripe.id.pool.drop(stripe.id.lease);
  }
}
