import type { Id } from '@tessera/protocol';

/** What a transaction may read. Every value is the newest committed one, durable or not. */
export interface ReadTransaction {
  /** Wall-clock time of the transaction in ns since the Unix epoch; never goes back between transactions. */
  readonly nowNs: bigint;
  /**
   * The value of a key. When it is not in memory the executor abandons this run, fetches it and runs the transaction
   * function again: the function must have no effects except through its transaction.
   */
  get(key: Uint8Array): Uint8Array | undefined;
  /**
   * As `get` for a key that is read again and again: its record stays in memory decoded. `decode` is the same for every
   * reader of the key, and nobody changes what it returns.
   */
  getRecord<T>(key: Uint8Array, decode: (value: Uint8Array) => T): T | undefined;
  /**
   * Announces keys that the body is about to get, put or delete: those not in memory are fetched together in one
   * abandoned run, where getting them one after another costs a run for each.
   */
  prefetch(keys: readonly Uint8Array[]): void;
}

export interface Transaction extends ReadTransaction {
  /** The sequence number that every record written by this transaction carries; grows with every transaction. */
  readonly commitSequence: bigint;
  /** A fresh id of the current era. Abandoned runs may waste ids. */
  newId(): Id;
  /** Writes a key whatever it held (the old value is fetched for the digest when it is not in memory). */
  put(key: Uint8Array, value: Uint8Array): void;
  /**
   * As `put` for a key that is written again and again: the record, which nobody changes any more, is what `getRecord`
   * gives, and is encoded once for all transactions that become durable together. `encode` must not use the
   * transaction: it runs later. For records of some hundred bytes.
   */
  putRecord<T>(key: Uint8Array, record: T, encode: (record: T) => Uint8Array): void;
  /** Writes a key that the caller knows to be absent, as keys with fresh ids are: spares the fetch. */
  insert(key: Uint8Array, value: Uint8Array): void;
  /** Deletes a key; a missing one is fine. */
  delete(key: Uint8Array): void;
}

/**
 * The metadata store: serial transactions over journal and view. A transaction function is synchronous and runs alone.
 */
export interface MetadataStore {
  /**
   * Runs `body` and resolves with its result once everything it wrote *and observed* is durable. When `body` throws,
   * nothing is written and the error is rethrown, also after what it observed is durable.
   * @throws TesseraError TOO_LARGE above TRANSACTION_KEYS_MAX keys, OVERLOADED above the named queue limit,
   *   UNAVAILABLE once the store has failed or is closed.
   */
  transact<T>(body: (tx: Transaction) => T): Promise<T>;
  /** As `transact` for functions that only read. */
  read<T>(body: (tx: ReadTransaction) => T): Promise<T>;
  /**
   * Entries with from ≤ key < to in key order, at most `limit`, as of some moment between call and return, everything
   * committed before the call included. Resolves once what it shows is durable.
   */
  scan(range: { from: Uint8Array; to: Uint8Array; reverse?: boolean }, limit: number): Promise<StoreEntry[]>;
  /** The journal's newest durable end. */
  readonly durable: JournalEnd;
  /** Sequence covered by the newest checkpoint. */
  readonly checkpointSequence: bigint;
  readonly era: number;
  /** Flushes, writes the clean-stop mark and closes. */
  close(): Promise<void>;
}

export interface StoreEntry {
  key: Uint8Array;
  value: Uint8Array;
}

export interface JournalEnd {
  era: number;
  /** Log sequence number of the last durable group. */
  lsn: bigint;
  /** The journal's hash chain at that group, 32 bytes. */
  chain: Uint8Array;
}
