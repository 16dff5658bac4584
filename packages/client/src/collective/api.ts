import type { Client, ClientEnv } from '../api.js';
import type { ViewAccess } from '../file/view-api.js';
import type { Path } from '../node-api.js';

/* The public types of groups: processes that open, read and write files together. */

/** How a process joins a group. */
export interface GroupOptions {
  /** This process's number, 0 … size − 1, each once. */
  readonly rank: number;
  /** Processes in the group, at most 256; the same at all of them. */
  readonly size: number;
  /** host:port at which rank 0 listens, and where the others find it. */
  readonly address: string;
  /** Keeps groups apart that meet at one address by mistake, at most 128 characters. It is sent in clear. */
  readonly token?: string;
  /**
   * host:port at which the other ranks listen, for each other; port 0 is any. Default: any port of 127.0.0.1 if that is
   * where rank 0 is, else of all of the host's addresses.
   */
  readonly listen?: string;
  /** How long ranks wait for each other to join, and in calls without anything moving; default 60,000. */
  readonly deadlineMs?: number;
  /** Aborting ends the joining with CANCELLED. */
  readonly signal?: AbortSignal;
  /** Default: the real clock and network. */
  readonly env?: Pick<ClientEnv, 'clock' | 'network'>;
}

/** Flags of a file that a group opens: as for `Client.open`, without appending. */
export type CollectiveFlags = 'r' | 'r+' | 'w' | 'w+' | 'wx' | 'wx+';

/** What every collective call takes. */
export interface CollectiveOptions {
  /**
   * Aborting ends the call with CANCELLED at every rank, naming this one. Before this rank has begun the call the group then
   * goes on; later the group is broken: close it. Once all bytes of a write are durable, cancelling comes too late.
   */
  readonly signal?: AbortSignal;
}

/** How a group opens a file. */
export interface CollectiveOpenOptions extends CollectiveOptions {
  /** How many ranks move bytes for all; default: as many as there are chunkservers, at most the group's size. Rank 0's counts. */
  readonly aggregators?: number;
  /** Permission bits of a file that is made; default 0o644. */
  readonly mode?: number;
  /** Make missing parents of a file that is made. */
  readonly makeParents?: boolean;
}

/** A file that all ranks of a group have open. Every rank makes its collective calls, in the same order. */
export interface CollectiveFile {
  /**
   * Fills this rank's buffer where its `access` says; other ranks may read the same bytes. Answers how many of this
   * rank's bytes the file has; the places of the others, which are past its end, are left open.
   * @throws TesseraError at every rank when one fails; `rankFailures` tells which
   */
  readAll(buffer: Uint8Array, access: ViewAccess, options?: CollectiveOptions): Promise<number>;
  /**
   * Writes this rank's bytes; answered when all ranks' are durable and visible: all at once, up to a limit. The buffer must be
   * left alone until then.
   * @throws TesseraError at every rank when one fails: INVALID_ARGUMENT, also for bytes that two ranks write, before
   * anything is written; `rankFailures` tells which rank failed, and what was committed nevertheless
   */
  writeAll(buffer: Uint8Array, access: ViewAccess, options?: CollectiveOptions): Promise<void>;
  /** Closes this rank's handle; no rank waits for another. */
  close(): Promise<void>;
}

/** This process as one of several that open, read and write files together. Its calls run in the order in which they are made. */
export interface Group {
  /** This process's number. */
  readonly rank: number;
  /** Processes in the group. */
  readonly size: number;
  /** Opens a file at every rank: rank 0 makes or empties it, if the flags say so, before the others open it. */
  open(client: Client, path: Path, flags: CollectiveFlags, options?: CollectiveOpenOptions): Promise<CollectiveFile>;
  /** Answered once every rank has called it. */
  barrier(options?: CollectiveOptions): Promise<void>;
  /** Leaves the group. Calls under way end with CANCELLED, those of other ranks that need this one with UNAVAILABLE. */
  close(): Promise<void>;
}
