import { ByteWindow } from '../byte-window.js';
import { UNFLUSHED_BYTES_MAX } from '../limits.js';

/** Who holds unflushed bytes, and can make them durable early. */
export interface Holder {
  commitSoon(): void;
}

/** Bounds the unflushed bytes of all open files of a client. */
export class WriteBudget {
  readonly #window: ByteWindow;
  readonly #holders = new Set<Holder>();

  constructor(limitBytes: number = UNFLUSHED_BYTES_MAX) {
    this.#window = new ByteWindow(limitBytes);
  }

  /** False: everybody has been asked to commit; wait for `freed` and try again. */
  tryTake(bytes: number, holder: Holder): boolean {
    this.#holders.add(holder);
    if (this.#window.tryTake(bytes)) return true;
    for (const other of this.#holders) other.commitSoon();
    return false;
  }

  give(bytes: number): void {
    this.#window.give(bytes);
  }

  /** Resolves when bytes have been given back after this call. */
  freed(): Promise<void> {
    return this.#window.freed();
  }

  /** The holder has nothing any more. */
  leave(holder: Holder): void {
    this.#holders.delete(holder);
  }
}
