import assert from 'node:assert/strict';
import type { Clock } from '@tessera/env';
import { type Id, makeId, TesseraError } from '@tessera/protocol';
import type { CachedEntry } from './cached-entry.js';
import type { Group } from './group.js';
import type { KeyFilter } from './key-filter.js';
import { keyString, showKey } from './key-string.js';
import { KEY_BYTES_MAX, TRANSACTION_BYTES_MAX, TRANSACTION_KEYS_MAX, VALUE_BYTES_MAX } from './limits.js';
import { type Content, contentBytes, contentCost, RecordValue } from './record-value.js';
import type { Transaction } from './transaction.js';
import type { ValueCache } from './value-cache.js';
import { STATE_TABLE } from './view.js';

/** Thrown to abandon a run that needs keys which are not in memory. One object: making one costs a stack trace. */
const NEEDS_KEYS: unique symbol = Symbol('the run needs keys that are not in memory');

/** A put, or with undefined content a delete. */
export interface PendingWrite {
  content: Content;
  /** What the key holds before the transaction; undefined when it is not in memory, or absent. */
  entry: CachedEntry | undefined;
}

/** What one run of a transaction function reads and writes. One object serves all runs: they never overlap. */
export class TransactionRun implements Transaction {
  readonly #cache: ValueCache;
  readonly #filter: KeyFilter;
  readonly #clock: Clock;
  readonly #era: number;
  readonly #viewHas: ((key: Uint8Array) => boolean) | undefined;
  #counter = 0;
  #lastTimeNs: bigint;
  #timeNs: bigint | undefined;
  #lsn = 0;
  #active = false;
  #readOnly = false;
  #bytes = 0;
  /** Keys to fetch before the next run; each once. */
  missing = new Map<string, Uint8Array>();
  /** What the run wrote, by key. */
  readonly writes = new Map<string, PendingWrite>();
  /** The newest group of which the run saw something. */
  observed: Group | undefined;

  /** With `viewHas`, inserts ask it about keys that are not in memory. */
  constructor(
    { cache, filter, clock }: { cache: ValueCache; filter: KeyFilter; clock: Clock },
    era: number,
    lastTimeNs: bigint,
    viewHas?: (key: Uint8Array) => boolean,
  ) {
    this.#cache = cache;
    this.#filter = filter;
    this.#clock = clock;
    this.#era = era;
    this.#lastTimeNs = lastTimeNs;
    this.#viewHas = viewHas;
  }

  /** Runs `body` afresh. Look at `missing` first: when it is not empty, nothing else counts. */
  perform<T>(body: (tx: Transaction) => T, lsn: number, readOnly: boolean): T {
    if (this.missing.size > 0) this.missing = new Map();
    if (this.writes.size > 0) this.writes.clear();
    this.observed = undefined;
    this.#timeNs = undefined;
    this.#lsn = lsn;
    this.#readOnly = readOnly;
    this.#bytes = 0;
    this.#active = true;
    try {
      return body(this);
    } finally {
      this.#active = false;
    }
  }

  /** A transaction function is running. */
  get isActive(): boolean {
    return this.#active;
  }

  get nowNs(): bigint {
    if (this.#timeNs === undefined) {
      const wallNs = this.#clock.wallNs();
      if (wallNs > this.#lastTimeNs) this.#lastTimeNs = wallNs;
      this.#timeNs = this.#lastTimeNs;
    }
    return this.#timeNs;
  }

  /** The newest time that any run was told. */
  get lastTimeNs(): bigint {
    return this.#lastTimeNs;
  }

  get commitSequence(): bigint {
    return BigInt(this.#lsn);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const text = keyString(key);
    const written = this.#written(text);
    return written === undefined ? this.#find(text, key)?.value : contentBytes(written.content);
  }

  getRecord<T>(key: Uint8Array, decode: (value: Uint8Array) => T): T | undefined {
    const text = keyString(key);
    const written = this.#written(text);
    if (written === undefined) {
      const entry = this.#find(text, key);
      return entry === undefined ? undefined : this.#cache.record(entry, decode);
    }
    const { content } = written;
    if (content === undefined) return undefined;
    return content instanceof RecordValue ? (content.record as T) : decode(content);
  }

  prefetch(keys: readonly Uint8Array[]): void {
    assert(this.#active, 'a transaction was used after its function returned');
    for (const key of keys) {
      const text = keyString(key);
      if (this.writes.has(text) || this.#cache.get(text) !== undefined || this.#filter.lacks(text)) continue;
      this.#miss(text, key);
    }
    if (this.missing.size > 0) throw NEEDS_KEYS;
  }

  newId(): Id {
    this.#counter++;
    return makeId(this.#era, this.#counter);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#write(key, value, false);
  }

  putRecord<T>(key: Uint8Array, record: T, encode: (record: T) => Uint8Array): void {
    this.#write(
      key,
      RecordValue.written(record, () => encode(record)),
      false,
    );
  }

  insert(key: Uint8Array, value: Uint8Array): void {
    this.#write(key, value, true);
  }

  delete(key: Uint8Array): void {
    this.#write(key, undefined, false);
  }

  #written(text: string): PendingWrite | undefined {
    assert(this.#active, 'a transaction was used after its function returned');
    return this.writes.size > 0 ? this.writes.get(text) : undefined;
  }

  /** What the key holds before the transaction; undefined when it is certain not to be there. */
  #find(text: string, key: Uint8Array): CachedEntry | undefined {
    const entry = this.#cache.get(text);
    if (entry === undefined) {
      // Nobody deleted it since a group that is not durable yet, or the cache would know.
      if (this.#filter.lacks(text)) return undefined;
      this.#miss(text, key);
      throw NEEDS_KEYS;
    }
    this.#observe(entry);
    return entry;
  }

  #write(key: Uint8Array, content: Content, isInsert: boolean): void {
    assert(this.#active, 'a transaction was used after its function returned');
    assert(!this.#readOnly, 'a read must not write');
    if (key.length === 0 || key.length > KEY_BYTES_MAX || key[0] === STATE_TABLE) throw new Error(badKey(key));
    const text = keyString(key);
    let write = this.writes.get(text);
    let isAbsent: boolean;
    if (write === undefined) {
      const entry = this.#cache.get(text);
      write = { content: undefined, entry };
      this.writes.set(text, write);
      isAbsent = entry === undefined || entry.isAbsent;
      if (entry !== undefined) {
        this.#observe(entry);
      } else if (isInsert) {
        // Not fetched: a run that is begun anew may insert other keys, with fresh ids.
        if (this.#viewHas?.(key)) isAbsent = false;
      } else if (!this.#filter.lacks(text)) {
        this.#miss(text, key);
      }
    } else {
      isAbsent = write.content === undefined;
    }
    if (isInsert && !isAbsent) throw new Error(`bug: insert of ${showKey(key)}, which exists`);
    write.content = content;
    this.#bytes += key.length + contentCost(content);
    if (content instanceof Uint8Array && content.length > VALUE_BYTES_MAX) {
      throw tooLarge(`a value of ${content.length} bytes, and ${VALUE_BYTES_MAX} are allowed`);
    }
    if (this.writes.size > TRANSACTION_KEYS_MAX) throw tooLarge(`more than ${TRANSACTION_KEYS_MAX} keys`);
    if (this.#bytes > TRANSACTION_BYTES_MAX) throw tooLarge(`more than ${TRANSACTION_BYTES_MAX} bytes`);
  }

  #observe(entry: CachedEntry): void {
    const { group } = entry;
    if (group === undefined || group.durable) return;
    if (this.observed === undefined || this.observed.number < group.number) this.observed = group;
  }

  #miss(text: string, key: Uint8Array): void {
    this.missing.set(text, new Uint8Array(key));
  }
}

function badKey(key: Uint8Array): string {
  return `bug: a key has 1 to ${KEY_BYTES_MAX} bytes and does not begin with a zero byte, unlike ${showKey(key)}`;
}

function tooLarge(what: string): TesseraError {
  return new TesseraError('TOO_LARGE', `a metadata transaction has ${what}: split the work into smaller steps`);
}
