import type { KvEngine, KvEntry, KvRange, KvStore, KvWrite } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { Digests, entryHash } from './digest.js';
import { showKey } from './key-string.js';
import { type CheckedValue, checkStoredValue, HASH_BYTES } from './stored-value.js';

/** Key of the view's own state; no record's key begins with this byte. */
export const STATE_TABLE = 0x00;
const STATE_KEY = Uint8Array.of(STATE_TABLE);
const STATE_VERSION = 1;
const FIRST_RECORD_KEY = Uint8Array.of(STATE_TABLE + 1);

/** What the view contains: everything up to `lsn`. */
export interface ViewState {
  lsn: number;
  digests: Digests;
}

export interface CheckedEntry extends CheckedValue {
  key: Uint8Array;
}

/** The key-value store with every value checked. Errors of the store itself pass through as KvError. */
export class View {
  readonly #store: KvStore;

  private constructor(store: KvStore) {
    this.#store = store;
  }

  static async open(engine: KvEngine, path: string): Promise<View> {
    return new View(await engine.open(path));
  }

  /** Undefined when the view is new, or its state is damaged. */
  async state(): Promise<ViewState | undefined> {
    const [stored] = await this.#store.getMany([STATE_KEY]);
    if (stored === undefined) return undefined;
    const checked = checkStoredValue(STATE_KEY, stored);
    return checked && decodeState(checked.value);
  }

  /** On the event loop. */
  hasSync(key: Uint8Array): boolean {
    return this.#store.getSync(key) !== undefined;
  }

  /** @throws TesseraError CORRUPT for a value whose hash is wrong */
  async getMany(keys: readonly Uint8Array[]): Promise<(CheckedValue | undefined)[]> {
    const values = await this.#store.getMany(keys);
    return values.map((stored, index) => stored && checked(keys[index] as Uint8Array, stored));
  }

  /**
   * Pages of a range of records, in key order, as they are at this call.
   * @throws TesseraError CORRUPT, while it is read, for a value whose hash is wrong
   */
  scan(range: KvRange): AsyncIterable<CheckedEntry[]> {
    const from = range.from && range.from.length > 0 && range.from[0] !== STATE_TABLE ? range.from : FIRST_RECORD_KEY;
    return checkedPages(this.#store.scan({ ...range, from }));
  }

  /** Applies writes, their values as stored, and the state that is true after them, all or none. */
  apply(writes: KvWrite[], state: ViewState): Promise<void> {
    const value = encodeState(state);
    const stored = Buffer.alloc(HASH_BYTES + value.length);
    stored.writeBigUInt64BE(entryHash(STATE_KEY, value), 0);
    stored.set(value, HASH_BYTES);
    writes.push({ key: STATE_KEY, value: stored });
    return this.#store.apply(writes);
  }

  /** Applies writes while the view is being built: it has no state yet. */
  load(writes: readonly KvWrite[]): Promise<void> {
    return this.#store.apply(writes);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

async function* checkedPages(pages: AsyncIterable<KvEntry[]>): AsyncGenerator<CheckedEntry[]> {
  for await (const page of pages) {
    yield page.map(({ key, value: stored }) => {
      const { value, hash } = checked(key, stored);
      return { key, value, hash };
    });
  }
}

function checked(key: Uint8Array, stored: Uint8Array): CheckedValue {
  const value = checkStoredValue(key, stored);
  if (value === undefined) {
    throw new TesseraError(
      'CORRUPT',
      `the value of ${showKey(key)} in the view fails its checksum. The journal is the truth: restart the metaserver, ` +
        'which builds the view anew. Check the health of the disk.',
    );
  }
  return value;
}

function encodeState({ lsn, digests }: ViewState): Buffer {
  const sums = digests.entries();
  const bytes = Buffer.alloc(12 + sums.length * 9);
  bytes.writeUInt16BE(STATE_VERSION, 0);
  bytes.writeBigUInt64BE(BigInt(lsn), 2);
  bytes.writeUInt16BE(sums.length, 10);
  for (const [index, [table, sum]] of sums.entries()) {
    bytes[12 + index * 9] = table;
    bytes.writeBigUInt64BE(sum, 13 + index * 9);
  }
  return bytes;
}

function decodeState(value: Uint8Array): ViewState | undefined {
  const bytes = Buffer.from(value);
  if (bytes.readUInt16BE(0) !== STATE_VERSION) return undefined;
  const digests = new Digests();
  for (let left = bytes.readUInt16BE(10), at = 12; left > 0; left--, at += 9) {
    digests.set(bytes[at] as number, bytes.readBigUInt64BE(at + 1));
  }
  return { lsn: Number(bytes.readBigUInt64BE(2)), digests };
}
