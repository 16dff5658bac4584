/** V8 keeps arrays up to this length in its own heap; each longer one costs a separate, slow allocation. */
const HEAP_ARRAY_BYTES_MAX = 64;
/** Small, so that one value which stays long keeps few others' memory. */
const SLAB_BYTES = 2_048;
const SLAB_VALUE_BYTES_MAX = SLAB_BYTES / 4;

/** Copies values into memory that they share with few others, all of them kept for about as long. */
export class ValueArena {
  #slab = new ArrayBuffer(SLAB_BYTES);
  #used = 0;

  copy(value: Uint8Array): Uint8Array {
    const { length } = value;
    if (length <= HEAP_ARRAY_BYTES_MAX || length > SLAB_VALUE_BYTES_MAX) return new Uint8Array(value);
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#used = 0;
    }
    const copy = new Uint8Array(this.#slab, this.#used, length);
    copy.set(value);
    this.#used += length;
    return copy;
  }
}
