/** Bytes of a long buffer that enter the hash, evenly spread. */
const SAMPLE_BYTES_MAX = 256;

/** Texts whose hashes are kept. */
const TEXTS_MAX = 10_000;

export type TracePart = string | number | Uint8Array;

/**
 * A running 64-bit hash over everything that happens in a simulated world. The same seed must give the same digest;
 * two runs that differ are told apart at the first differing event by watching both.
 */
export class TraceHash {
  #a = 0x9e3779b9;
  #b = 0x7f4a7c15;
  #events = 0;
  readonly #wordOfText = new Map<string, number>();
  #watcher: ((line: string) => void) | undefined;
  readonly #double = new Float64Array(1);
  readonly #words = new Uint32Array(this.#double.buffer);

  /** Events recorded so far. */
  get events(): number {
    return this.#events;
  }

  record(...parts: TracePart[]): void {
    this.#events++;
    for (const part of parts) {
      if (typeof part === 'number') this.#mixNumber(part);
      else if (typeof part === 'string') this.#mixString(part);
      else this.#mixBytes(part);
    }
    if (this.#watcher === undefined) return;
    this.#watcher(parts.map((part) => (part instanceof Uint8Array ? `<${part.length}>` : part)).join(' '));
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    return hex(finish(this.#a ^ this.#events)) + hex(finish(this.#b + this.#a));
  }

  /** Hands each event to `watcher` as a line; undefined stops that. */
  watch(watcher: ((line: string) => void) | undefined): void {
    this.#watcher = watcher;
  }

  #mix(word: number): void {
    const mixed = Math.imul(this.#a ^ word, 0xcc9e2d51);
    this.#a = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    const other = (this.#b + word) | 0;
    this.#b = Math.imul((other << 13) | (other >>> 19), 5) + (this.#a ^ 0xe6546b64);
  }

  #mixNumber(value: number): void {
    this.#double[0] = value;
    this.#mix(this.#words[0] as number);
    this.#mix(this.#words[1] as number);
  }

  #mixString(text: string): void {
    this.#mix(this.#wordOf(text));
  }

  /** The same few names come again and again. */
  #wordOf(text: string): number {
    const known = this.#wordOfText.get(text);
    if (known !== undefined) return known;
    let word = text.length;
    for (let index = 0; index < text.length; index++) word = Math.imul(word ^ text.charCodeAt(index), 0x01000193);
    const finished = finish(word);
    if (this.#wordOfText.size < TEXTS_MAX) this.#wordOfText.set(text, finished);
    return finished;
  }

  #mixBytes(bytes: Uint8Array): void {
    this.#mix(bytes.length);
    const step = Math.max(1, Math.floor(bytes.length / SAMPLE_BYTES_MAX));
    for (let index = 0; index < bytes.length; index += step) this.#mix(bytes[index] as number);
  }
}

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
