import { DEFAULT_LAYOUT, EXTENTS_PER_COMMIT_MAX, inheritLayout, TesseraError } from '@tessera/protocol';
import { ByteWindow } from '../byte-window.js';
import { STREAM_UNCOMMITTED_BYTES_MAX } from '../limits.js';
import { ownBytes } from '../own-bytes.js';
import type { Protection } from './api.js';
import { commitBytes, commitExtents, type PlacedExtent } from './commit.js';
import { weakestProtection } from './protection.js';
import type { PutTarget } from './put-target.js';
import type { Stored } from './stored.js';

/** Where the pieces come from, in file order. */
export interface PieceSource {
  /** Up to `count` segments, fewer only at the end; each but the last is a whole segment. */
  take(count: number): Promise<Uint8Array[]>;
  /** The piece is committed, or not going to be. */
  release(piece: Uint8Array): void;
}

/** What it needs of the file it stores. */
export type StreamTarget = Pick<
  PutTarget,
  | 'batcher'
  | 'directory'
  | 'keepLayout'
  | 'name'
  | 'rewrite'
  | 'scope'
  | 'settle'
  | 'stagingDirectory'
  | 'stripeBytes'
  | 'submitPut'
  | 'write'
>;

/**
 * Stores content that comes in pieces, holding a bounded part of it. Whenever half the bound is durable it goes to a
 * staged inode, which is published in the end; content that ends before is one commit.
 */
export class StreamedPut {
  readonly #target: StreamTarget;
  readonly #source: PieceSource;
  readonly #window: ByteWindow;
  readonly #limitBytes: number;
  /** Durable and next in the file: a staged inode grows in order. */
  #ready: PlacedExtent[] = [];
  #readyBytes = 0;
  /** Where the ready ones end. */
  #readyEnd = 0;
  /** Durable, but something before them is not; by file offset. */
  readonly #early = new Map<number, PlacedExtent>();
  #writing = 0;
  #bytes = 0;
  #inode: Uint8Array | undefined;
  #extending: Promise<void> | undefined;
  #protection: Protection = 'full';
  #failure: TesseraError | undefined;

  constructor(target: StreamTarget, source: PieceSource) {
    this.#target = target;
    this.#source = source;
    this.#limitBytes = Math.max(STREAM_UNCOMMITTED_BYTES_MAX, 3 * target.stripeBytes);
    this.#window = new ByteWindow(this.#limitBytes);
  }

  /** `first` are pieces that were taken from the source already. */
  async run(first: readonly Uint8Array[]): Promise<Stored> {
    try {
      let pieces = first;
      while (pieces.length > 0) {
        await this.#write(pieces);
        pieces = await this.#source.take(this.#target.directory.layout.redundancy.data);
      }
      return await this.#finish();
    } catch (error) {
      this.#failure ??= TesseraError.from(error);
      this.#discardReady();
      throw this.#failure;
    }
  }

  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    let bytes = 0;
    for (const piece of pieces) bytes += piece.length;
    while (!this.#window.tryTake(bytes)) {
      if (this.#failure !== undefined) throw this.#failure;
      this.#extendWhenWorthIt();
      await this.#target.scope.race(this.#window.freed());
    }
    if (this.#failure !== undefined) throw this.#failure;
    const start = this.#bytes;
    this.#bytes += bytes;
    this.#writing += pieces.length;
    for (const extent of this.#target.write(pieces, start, false)) {
      extent.then(
        (placed) => this.#durable(placed),
        (error) => this.#fail(error),
      );
    }
  }

  #durable(extent: PlacedExtent): void {
    this.#writing--;
    this.#target.scope.progress();
    this.#early.set(extent.fileOffset, extent);
    for (let next = this.#early.get(this.#readyEnd); next !== undefined; next = this.#early.get(this.#readyEnd)) {
      const { length } = next.placed.segment.bytes;
      this.#early.delete(this.#readyEnd);
      this.#ready.push(next);
      this.#readyBytes += length;
      this.#readyEnd += length;
    }
    if (this.#failure !== undefined) this.#discardReady();
    else this.#extendWhenWorthIt();
    this.#window.give(0);
  }

  #fail(error: unknown): void {
    this.#failure ??= TesseraError.from(error);
    this.#discardReady();
    // Whoever waits for room must see the failure.
    this.#window.give(0);
  }

  #extendWhenWorthIt(): void {
    const worth = this.#readyBytes * 2 >= this.#limitBytes || this.#ready.length >= EXTENTS_PER_COMMIT_MAX / 2;
    if (worth && this.#extending === undefined && this.#failure === undefined) this.#startExtend();
  }

  #startExtend(): Promise<void> {
    this.#extending = this.#extend()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#extending = undefined;
        if (this.#failure === undefined) this.#extendWhenWorthIt();
      });
    return this.#extending;
  }

  async #extend(): Promise<void> {
    const extents = this.#takeReady();
    const { batcher, scope } = this.#target;
    try {
      if (this.#inode === undefined) {
        const { layout } = this.#target.name;
        const request = { directory: { path: this.#target.stagingDirectory }, ...(layout ? { layout } : {}) };
        const staged = await batcher.submit('stage', request, scope);
        this.#inode = ownBytes(staged.inode);
        if (this.#inode.length === 0) throw new TesseraError('INTERNAL', `${scope.what}: staged without an inode`);
        this.#target.keepLayout(inheritLayout(DEFAULT_LAYOUT, staged.layout));
      }
    } catch (error) {
      for (const { placed } of extents) this.#target.settle(placed);
      throw error;
    }
    const inode = this.#inode;
    const { committed } = await commitExtents(extents, {
      submit: (wire, stripes) =>
        batcher.submit('extend', { inode, extents: wire, stripes }, scope, commitBytes(extents)),
      rewrite: (refused, refusal) => this.#target.rewrite(refused, refusal),
      settle: (placed) => this.#target.settle(placed),
    });
    this.#protection = weakestProtection(committed, this.#protection);
    this.#release(extents);
  }

  async #finish(): Promise<Stored> {
    while (this.#writing > 0 || this.#extending !== undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#target.scope.race(this.#extending ?? this.#window.freed());
    }
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#inode === undefined) return this.#putAtOnce();
    if (this.#ready.length > 0) await this.#startExtend();
    if (this.#failure !== undefined) throw this.#failure;
    const result = await this.#target.batcher.submit(
      'publish',
      { inode: this.#inode, ...this.#target.name, bytes: this.#bytes },
      this.#target.scope,
    );
    return { attributes: result.attributes, protection: this.#protection, layout: this.#target.directory.layout };
  }

  async #putAtOnce(): Promise<Stored> {
    const ready = this.#takeReady();
    const { result, committed } = await commitExtents(ready, {
      submit: (extents, stripes) =>
        this.#target.submitPut({ bytes: this.#bytes, extents, stripes }, commitBytes(ready)),
      rewrite: (refused, refusal) => this.#target.rewrite(refused, refusal),
      settle: (placed) => this.#target.settle(placed),
    });
    this.#release(ready);
    return {
      attributes: result.attributes,
      protection: weakestProtection(committed),
      layout: this.#target.directory.layout,
    };
  }

  #takeReady(): PlacedExtent[] {
    const ready = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    return ready;
  }

  #release(extents: readonly PlacedExtent[]): void {
    let bytes = 0;
    for (const { placed } of extents) {
      bytes += placed.segment.bytes.length;
      this.#source.release(placed.segment.bytes);
    }
    this.#window.give(bytes);
  }

  #discardReady(): void {
    for (const { placed } of [...this.#takeReady(), ...this.#early.values()]) this.#target.settle(placed);
    this.#early.clear();
  }
}
