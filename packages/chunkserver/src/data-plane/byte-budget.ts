/** A part of a budget: granted at once or later, and given back with `release`, granted or not. */
export class Share {
  readonly bytes: number;
  readonly #budget: ByteBudget;
  readonly #onGranted: () => void;
  #state: 'waiting' | 'granted' | 'released' = 'waiting';

  constructor(budget: ByteBudget, bytes: number, onGranted: () => void) {
    this.#budget = budget;
    this.bytes = bytes;
    this.#onGranted = onGranted;
  }

  get isGranted(): boolean {
    return this.#state === 'granted';
  }

  /** Called by the budget only. */
  grant(isLate: boolean): void {
    this.#state = 'granted';
    if (isLate) this.#onGranted();
  }

  /** A second call does nothing. */
  release(): void {
    if (this.#state === 'released') return;
    const wasGranted = this.#state === 'granted';
    this.#state = 'released';
    this.#budget.giveBack(this, wasGranted);
  }
}

/** Bytes of memory that many want: first come, first served. */
export class ByteBudget {
  readonly bytesMax: number;
  #usedBytes = 0;
  readonly #waiting = new Set<Share>();

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Asks for a share of at most `bytesMax`. When it is not granted at once, `onGranted` is called once it is. */
  request(bytes: number, onGranted: () => void): Share {
    if (bytes > this.bytesMax) throw new RangeError(`a share of ${bytes} bytes out of ${this.bytesMax}`);
    const share = new Share(this, bytes, onGranted);
    if (this.#waiting.size === 0 && this.#fits(bytes)) this.#grant(share, false);
    else this.#waiting.add(share);
    return share;
  }

  /** Called by the share only. */
  giveBack(share: Share, wasGranted: boolean): void {
    if (wasGranted) this.#usedBytes -= share.bytes;
    else this.#waiting.delete(share);
    for (const waiting of this.#waiting) {
      if (!this.#fits(waiting.bytes)) return;
      this.#waiting.delete(waiting);
      this.#grant(waiting, true);
    }
  }

  #grant(share: Share, isLate: boolean): void {
    this.#usedBytes += share.bytes;
    share.grant(isLate);
  }

  #fits(bytes: number): boolean {
    return this.#usedBytes + bytes <= this.bytesMax;
  }
}
