import type { TesseraError } from '@tessera/protocol';
import type { Hints } from '../hints/hints.js';
import type { OperationOptions, Path } from '../node-api.js';
import type { Content, PutResult } from '../put/api.js';

/* Calls on many files. */

/** One file for `putMany`. */
export interface PutEntry {
  /** Where the file goes. */
  path: Path;
  /** A function opens the content when its turn has come. */
  content: Content | (() => Content | Promise<Content>);
  /** About how long content is that is not in memory yet, for `bytesInFlightMax`. */
  bytes?: number;
  /** As for `putFile`; default: as for the whole call. */
  replace?: boolean;
  /** As for `putFile`; default: as for the whole call. */
  makeParents?: boolean;
  /** Permission bits; default 0o644. */
  mode?: number;
  /** Modification time, ns since the Unix epoch; default: the time of the commit. */
  modifiedNs?: bigint;
  /** For this file, which keeps them. */
  hints?: Hints;
}

/** One file for `getMany`. */
export interface GetEntry {
  /** The file to read. */
  path: Path;
  /** About how long the file is, for `bytesInFlightMax`. */
  bytes?: number;
}

/** How far a call on many files is. */
export interface ManyProgress {
  /** Files whose outcome is known, failed ones included. */
  done: number;
  /** Those of them that failed. */
  failed: number;
  /** Of the files that are done. */
  bytes: number;
}

/** How a call on many files goes about it. */
export interface ManyOptions extends OperationOptions {
  /** Files in flight at once; default 16. `deadlineMs` is per file. */
  concurrency?: number;
  /** Bytes of files in flight whose length is known, outcomes that nobody took included; default 256 MiB. */
  bytesInFlightMax?: number;
  /** Called after each file. */
  onProgress?: (progress: ManyProgress) => void;
}

/** As `ManyOptions`, with defaults for all entries. */
export interface PutManyOptions extends ManyOptions {
  /** For entries that do not say. */
  replace?: boolean;
  /** For entries that do not say. */
  makeParents?: boolean;
}

/** What became of an entry, which is handed back as it was given. */
export type PutOutcome<Entry = PutEntry> = { path: Path; entry: Entry } & (
  | { ok: true; result: PutResult }
  | { ok: false; error: TesseraError }
);

/** What became of an entry, which is handed back as it was given. */
export type GetOutcome<Entry = Path | GetEntry> = { path: Path; entry: Entry } & (
  | { ok: true; content: Uint8Array }
  | { ok: false; error: TesseraError }
);

/** Puts and gets of many files at once. */
export interface ManyCalls {
  /** Outcomes in order of completion, one for each entry. */
  putMany<Entry extends PutEntry>(
    entries: Iterable<Entry> | AsyncIterable<Entry>,
    options?: PutManyOptions,
  ): AsyncIterable<PutOutcome<Entry>>;
  /** Outcomes in order of completion, one for each path or entry. */
  getMany<Entry extends Path | GetEntry>(
    entries: Iterable<Entry> | AsyncIterable<Entry>,
    options?: ManyOptions,
  ): AsyncIterable<GetOutcome<Entry>>;
}
