import type { Clock, Disk, Log, Random } from '@tessera/env';
import type { KvEngine } from '@tessera/kv';
import type { TesseraError } from '@tessera/protocol';
import type { FoundEnd } from './found-end.js';
import {
  APPLY_BYTES_MARK,
  APPLY_ENTRIES_MARK,
  CHECKPOINT_CLOSE_BYTES,
  CHECKPOINT_JOURNAL_BYTES,
  JOURNAL_FILE_BYTES_MAX,
  JOURNAL_FILL_BYTES,
  VALUE_CACHE_BYTES_MAX,
} from './limits.js';

export interface StoreEnv {
  clock: Clock;
  random: Random;
  disk: Disk;
  kv: KvEngine;
  log: Log;
}

export interface StoreLimits {
  valueCacheBytesMax: number;
  applyEntriesMark: number;
  applyBytesMark: number;
  journalFileBytesMax: number;
  journalFillBytes: number;
  checkpointJournalBytes: number;
  checkpointCloseBytes: number;
}

export const STORE_LIMITS_DEFAULT: StoreLimits = {
  valueCacheBytesMax: VALUE_CACHE_BYTES_MAX,
  applyEntriesMark: APPLY_ENTRIES_MARK,
  applyBytesMark: APPLY_BYTES_MARK,
  journalFileBytesMax: JOURNAL_FILE_BYTES_MAX,
  journalFillBytes: JOURNAL_FILL_BYTES,
  checkpointJournalBytes: CHECKPOINT_JOURNAL_BYTES,
  checkpointCloseBytes: CHECKPOINT_CLOSE_BYTES,
};

export interface StoreOptions {
  /** Taken by one store at a time. Made when missing. */
  directory: string;
  /** Called once when the store can no longer be trusted or written: the process must end. */
  onFatal(error: TesseraError): void;
  limits?: Partial<StoreLimits>;
  /**
   * Asked after a stop that was not in order, before anything is added to the journal: others may know of more than it
   * has. The start goes on once it resolves; a rejection refuses it and leaves the journal as it is.
   */
  confirmEnd?(end: FoundEnd): Promise<void>;
  /**
   * Tables (first bytes of keys) where transactions often look for keys that are not there. Such looks cost no read of
   * the view once the check after the start has seen it all.
   */
  filteredTables?: readonly number[];
  /** Looks for keys in the view before they are inserted and fails the transaction when one is there: for tests. */
  checkInserts?: boolean;
}
