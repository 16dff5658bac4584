import { setTimeout as sleep } from 'node:timers/promises';
import type { Draw } from '../../draw.js';

const MS_PER_SECOND = 1000;
const BITS = 8;

/** What befalls the bytes of all connections of a route in one direction. */
export class Way {
  /** Each piece waits so long. */
  delayMs = 0;
  bytesPerSecond = Number.POSITIVE_INFINITY;
  /** Share of pieces in which one bit is turned over. */
  flipShare = 0;
  readonly #draw: Draw;
  readonly #onFlip: () => void;
  #held: { readonly released: Promise<void>; readonly release: () => void } | undefined;

  constructor(draw: Draw, onFlip: () => void) {
    this.#draw = draw;
    this.#onFlip = onFlip;
  }

  /** From now on nothing passes; what comes waits. */
  hold(): void {
    if (this.#held) return;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held = { released, release };
  }

  /** What waits goes on. */
  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }

  /** Nothing befalls anything any more. */
  heal(): void {
    this.delayMs = 0;
    this.bytesPerSecond = Number.POSITIVE_INFINITY;
    this.flipShare = 0;
    this.release();
  }

  /** Resolves once a piece may go on, which may have been changed by then. */
  async pass(piece: Uint8Array): Promise<void> {
    const waitMs = this.delayMs + (piece.length / this.bytesPerSecond) * MS_PER_SECOND;
    if (waitMs >= 1) await sleep(waitMs);
    while (this.#held) await this.#held.released;
    if (this.flipShare > 0 && this.#draw.chance(this.flipShare)) this.#flip(piece);
  }

  #flip(piece: Uint8Array): void {
    const at = this.#draw.below(piece.length);
    piece[at] = (piece[at] as number) ^ (1 << this.#draw.below(BITS));
    this.#onFlip();
  }
}
