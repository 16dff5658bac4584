import type { Group } from './group.js';
import { type Content, contentBytes, contentCost, RecordValue } from './record-value.js';

/** What keeping an entry costs beside its key and value: map slot, objects, array buffer. */
export const ENTRY_OVERHEAD_BYTES = 350;

/**
 * The newest committed value of a key, as every transaction sees it; it may be known to be absent. It cannot be
 * forgotten while the view may still lack it (`group` is set) or someone needs it (`pins`).
 */
export class CachedEntry {
  readonly key: string;
  /** Entry hash of the value, 0 when absent. Not yet right while the value's group is being collected. */
  hash: bigint;
  /** Entry hash before `group`, 0 when absent. */
  baseHash = 0n;
  /** The key was absent before `group`. */
  baseAbsent = true;
  /** The newest group that wrote the key, until the view has it. */
  group: Group | undefined;
  pins = 0;
  older: CachedEntry | undefined;
  newer: CachedEntry | undefined;
  listed = false;
  #content: Content;

  constructor(key: string, value: Uint8Array | undefined, hash: bigint) {
    this.key = key;
    this.#content = value;
    this.hash = hash;
  }

  /** Undefined when the key is absent. */
  get value(): Uint8Array | undefined {
    return contentBytes(this.#content);
  }

  get isAbsent(): boolean {
    return this.#content === undefined;
  }

  /** What the entry costs in memory. */
  get cost(): number {
    return ENTRY_OVERHEAD_BYTES + this.key.length + contentCost(this.#content);
  }

  set(content: Content): void {
    this.#content = content;
  }

  /** The value's record, from now on kept beside it. */
  record<T>(decode: (value: Uint8Array) => T): T | undefined {
    let content = this.#content;
    if (content === undefined) return undefined;
    if (!(content instanceof RecordValue)) {
      content = RecordValue.read(decode(content), content);
      this.#content = content;
    }
    return content.record as T;
  }
}
