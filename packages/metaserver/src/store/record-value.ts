/** What a record's object and its bytes together cost, about. */
const RECORD_BYTES_ASSUMED = 600;

/**
 * A value of which the record is in memory too. A record that is written again and again is encoded once for all the
 * writes of a group; one that is read again and again is decoded once.
 */
export class RecordValue {
  /** Shared by all who read the key: nobody changes it. */
  readonly record: unknown;
  #bytes: Uint8Array | undefined;
  #encode: (() => Uint8Array) | undefined;

  private constructor(record: unknown, bytes: Uint8Array | undefined, encode: (() => Uint8Array) | undefined) {
    this.record = record;
    this.#bytes = bytes;
    this.#encode = encode;
  }

  static read(record: unknown, bytes: Uint8Array): RecordValue {
    return new RecordValue(record, bytes, undefined);
  }

  /** `encode` runs once at most, when somebody needs the bytes. */
  static written(record: unknown, encode: () => Uint8Array): RecordValue {
    return new RecordValue(record, undefined, encode);
  }

  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      this.#bytes = (this.#encode as () => Uint8Array)();
      this.#encode = undefined;
    }
    return this.#bytes;
  }
}

/** What a key holds; undefined when it is absent. */
export type Content = Uint8Array | RecordValue | undefined;

export function contentBytes(content: Content): Uint8Array | undefined {
  return content instanceof RecordValue ? content.bytes : content;
}

/** Memory that it takes, without encoding it. */
export function contentCost(content: Content): number {
  if (content === undefined) return 0;
  return content instanceof RecordValue ? RECORD_BYTES_ASSUMED : content.length;
}
