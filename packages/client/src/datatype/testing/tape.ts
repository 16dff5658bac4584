/** Choices read off bytes: a property test draws the bytes, so what it finds can be made smaller and repeated. */
export class Tape {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** From `least` to `most`; `least` once the bytes are used up. */
  between(least: number, most: number): number {
    return least + ((this.#bytes[this.#at++] ?? 0) % (most - least + 1));
  }

  flag(): boolean {
    return this.between(0, 1) === 1;
  }

  /** At most `most` items. */
  list<T>(most: number, item: (index: number) => T): T[] {
    return Array.from({ length: this.between(0, most) }, (_, index) => item(index));
  }
}
