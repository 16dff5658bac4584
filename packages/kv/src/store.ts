/**
 * An ordered map from bytes to bytes, kept on disk by an engine. Keys sort as unsigned bytes. It is a *view* of some
 * journal: `apply` promises atomicity while the process lives and nothing about power loss.
 */
export interface KvStore {
  /** The value, on the event loop: for keys likely cached. */
  getSync(key: Uint8Array): Uint8Array | undefined;
  /** The values of many keys, in order, off the event loop. */
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** Entries of a range in key order, in pages, as they were when the scan began. */
  scan(range: KvRange): AsyncIterableIterator<KvEntry[]>;
  /**
   * Applies all writes or, on an error, none; later writes of one key win. Applications happen in call order. The
   * bytes must not change until it has resolved.
   */
  apply(writes: readonly KvWrite[]): Promise<void>;
  /** Finishes what was applied and ends open scans. Afterwards everything but `close` fails with CLOSED. */
  close(): Promise<void>;
}

export interface KvEntry {
  key: Uint8Array;
  value: Uint8Array;
}

/** `value` undefined deletes the key; deleting a missing key is fine. */
export interface KvWrite {
  key: Uint8Array;
  value: Uint8Array | undefined;
}

/** Entries of a page when the range does not say. */
export const SCAN_PAGE_ENTRIES = 1_000;

/** Keys k with from ≤ k < to; an unset end is open. Pages hold at most `pageEntries` (default 1,000). */
export interface KvRange {
  from?: Uint8Array;
  to?: Uint8Array;
  reverse?: boolean;
  pageEntries?: number;
}

/** Opens stores by directory path. One store at a time may have a path open, across all processes of a machine. */
export interface KvEngine {
  /** @throws KvError LOCKED, CORRUPT, IO */
  open(path: string): Promise<KvStore>;
  /** Deletes the store at `path`, which must not be open; a missing one is fine. */
  destroy(path: string): Promise<void>;
}

export type KvErrorCode = 'LOCKED' | 'CORRUPT' | 'IO' | 'CLOSED';

export class KvError extends Error {
  readonly code: KvErrorCode;
  constructor(code: KvErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KvError';
    this.code = code;
  }
}

/** The smallest key that sorts after every key with this prefix; undefined when there is none (all 0xff). */
export function prefixEnd(prefix: Uint8Array): Uint8Array | undefined {
  for (let index = prefix.length - 1; index >= 0; index--) {
    const byte = prefix[index] as number;
    if (byte < 0xff) {
      const end = prefix.slice(0, index + 1);
      end[index] = byte + 1;
      return end;
    }
  }
  return undefined;
}
