import { READ_AHEAD_BYTES_MAX, READ_AHEAD_FIRST_BYTES, READ_AHEAD_TOTAL_BYTES_MAX } from '../limits.js';

/** Who reads ahead of an open file, and can do without it. */
export interface AheadHolder {
  /** Gives back what is read ahead and not used. */
  dropAhead(): void;
}

/** Bounds what all readers of a client hold beyond what was asked of them. */
export class ReadBudget {
  readonly #limitBytes: number;
  readonly #holders = new Set<AheadHolder>();
  #usedBytes = 0;
  #streams = 0;

  constructor(limitBytes: number = READ_AHEAD_TOTAL_BYTES_MAX) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What one stream may hold: all streams that are open share evenly. */
  get shareBytes(): number {
    return Math.min(READ_AHEAD_BYTES_MAX, Math.floor(this.#limitBytes / Math.max(1, this.#streams)));
  }

  tryTake(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) {
      for (const holder of [...this.#holders]) holder.dropAhead();
      if (this.#usedBytes + bytes > this.#limitBytes) return false;
    }
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** As `tryTake`, for bytes that the holder gives back as soon as others need them. */
  tryHold(bytes: number, holder: AheadHolder): boolean {
    if (this.#usedBytes + bytes > this.#limitBytes) return false;
    this.#usedBytes += bytes;
    this.#holders.add(holder);
    return true;
  }

  /** The holder has nothing any more. */
  leave(holder: AheadHolder): void {
    this.#holders.delete(holder);
  }

  openStream(): StreamShare {
    this.#streams++;
    return new StreamShare(this, () => this.#streams--);
  }
}

/** What one stream holds: read and not yet consumed. It grows with what its reader consumes. */
export class StreamShare {
  readonly #budget: ReadBudget;
  readonly #onClose: () => void;
  #heldBytes = 0;
  #consumedBytes = 0;

  constructor(budget: ReadBudget, onClose: () => void) {
    this.#budget = budget;
    this.#onClose = onClose;
  }

  /** Takes bytes to read before they are asked for. */
  tryAhead(bytes: number): boolean {
    const limitBytes = Math.min(this.#budget.shareBytes, Math.max(READ_AHEAD_FIRST_BYTES, 2 * this.#consumedBytes));
    return this.#heldBytes + bytes <= limitBytes && this.tryAsked(bytes);
  }

  /** Takes bytes that the reader waits for. False: it gets them in small parts. */
  tryAsked(bytes: number): boolean {
    if (!this.#budget.tryTake(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  consumed(bytes: number): void {
    this.#consumedBytes += bytes;
    this.give(bytes);
  }

  give(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#budget.give(bytes);
  }

  /** The stream has ended; what it still holds is given back one by one. */
  close(): void {
    this.#onClose();
  }
}
