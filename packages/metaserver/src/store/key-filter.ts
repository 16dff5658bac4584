import { KEY_FILTER_BYTES_MAX, KEY_FILTER_KEY_BITS, KEY_FILTER_LAYER_BYTES_MIN } from './limits.js';

/** Bits looked at for each key: near the best for KEY_FILTER_KEY_BITS. */
const PROBES = 7;

interface Layer {
  readonly bits: Uint32Array;
  /** Number of bits − 1; their number is a power of two. */
  readonly mask: number;
  keysLeft: number;
}

/**
 * Bloom filters over every key that some tables may hold, so that most looks for a key that is not there need no read
 * of the view. It says nothing until it has been shown all keys. Deleted keys stay in it until the next start, and
 * once it has its full size further keys make it wrong more often: both only cost reads.
 */
export class KeyFilter {
  /** By table. */
  readonly #covers: boolean[];
  readonly #layers: Layer[] = [];
  #complete = false;

  constructor(tables: readonly number[]) {
    this.#covers = Array.from({ length: 256 }, (_, table) => tables.includes(table));
    this.#grow(KEY_FILTER_LAYER_BYTES_MIN);
  }

  /** Whether the key's table is one of the filter's. */
  covers(key: string): boolean {
    return this.#covers[key.charCodeAt(0)] as boolean;
  }

  /** The key may be there from now on. */
  add(key: string): void {
    if (!this.covers(key)) return;
    let layer = this.#layers[this.#layers.length - 1] as Layer;
    if (layer.keysLeft <= 0) layer = this.#nextLayer(layer);
    layer.keysLeft--;
    const first = firstHash(key);
    const step = stepFrom(first);
    for (let probe = 0, bit = first; probe < PROBES; probe++, bit = (bit + step) | 0) {
      const at = bit & layer.mask;
      (layer.bits[at >>> 5] as number) |= 1 << (at & 31);
    }
  }

  /** All keys of its tables have been added. */
  complete(): void {
    this.#complete = true;
  }

  /** True when the key is certain not to be there. */
  lacks(key: string): boolean {
    if (!this.#complete || !this.covers(key)) return false;
    const first = firstHash(key);
    const step = stepFrom(first);
    for (const layer of this.#layers) if (mayHold(layer, first, step)) return false;
    return true;
  }

  /** Each layer is as large as all before it, as long as there is room for it. */
  #nextLayer(full: Layer): Layer {
    let bytes = 0;
    for (const { bits } of this.#layers) bytes += bits.byteLength;
    const next = full.bits.byteLength * 2;
    return bytes + next > KEY_FILTER_BYTES_MAX ? full : this.#grow(next);
  }

  #grow(bytes: number): Layer {
    const mask = bytes * 8 - 1;
    const layer = { bits: new Uint32Array(bytes / 4), mask, keysLeft: Math.floor((bytes * 8) / KEY_FILTER_KEY_BITS) };
    this.#layers.push(layer);
    return layer;
  }
}

function mayHold({ bits, mask }: Layer, first: number, step: number): boolean {
  for (let probe = 0, bit = first; probe < PROBES; probe++, bit = (bit + step) | 0) {
    const at = bit & mask;
    if (((bits[at >>> 5] as number) & (1 << (at & 31))) === 0) return false;
  }
  return true;
}

/** FNV-1a with a final mix, since its low bits alone depend on too little of the key. */
function firstHash(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return mix(hash);
}

/** Odd, so that the bits looked at differ. */
function stepFrom(first: number): number {
  return mix(first ^ 0x9e3779b9) | 1;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
