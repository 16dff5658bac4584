import { decodeEntry, ENTRY_BYTES, encodeEntry, type LogEntry } from './entry.js';

/** The entries of one log file in the order of their LSNs, kept encoded: 56 bytes each. */
export class Footer {
  #bytes: Uint8Array;
  #count: number;

  constructor(encoded: Uint8Array = new Uint8Array(INITIAL_ENTRIES * ENTRY_BYTES), count = 0) {
    this.#bytes = encoded;
    this.#count = count;
  }

  get count(): number {
    return this.#count;
  }

  add(entry: LogEntry): void {
    const at = this.#count * ENTRY_BYTES;
    if (at + ENTRY_BYTES > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    encodeEntry(entry, this.#bytes, at);
    this.#count++;
  }

  entry(index: number): LogEntry {
    return decodeEntry(this.#bytes, index * ENTRY_BYTES);
  }

  get encoded(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * ENTRY_BYTES);
  }
}

const INITIAL_ENTRIES = 64;

/** A footer from its encoded form. */
export function decodeFooter(encoded: Uint8Array): Footer {
  return new Footer(encoded, Math.floor(encoded.length / ENTRY_BYTES));
}
