import type { TesseraError } from '@tessera/protocol';
import type { ServerState, ServerStatus } from '../cluster/api.js';
import type { Label } from '../layout-api.js';
import type { ManyOptions } from '../many/api.js';
import type { Attributes, Entry, OperationOptions, Path } from '../node-api.js';
import type { FollowOption, ListOptions } from './api.js';

/* Looking at much at once, and at where things are. */

/** The file system as a whole. Sizes of disks are before redundancy: what files take depends on their layouts. */
export interface StatFs {
  /** Of all disks. */
  capacityBytes: number;
  /** Of all disks, parity and records included. */
  usedBytes: number;
  /** On disks that take writes now. */
  freeBytes: number;
  /** Of all files, each counted once whatever its copies and names. */
  logicalBytes: number;
  /** Files in all. */
  files: number;
  /** Directories in all. */
  directories: number;
  /** Registered chunkservers. */
  servers: number;
  /** Those that are up. */
  serversUp: number;
  /** The longest name. */
  nameBytesMax: number;
  /** The longest path. */
  pathBytesMax: number;
  /** The longest file. */
  fileBytesMax: number;
}

/** A name in a directory, with what it stands for. */
export interface EntryPlus extends Entry {
  /** Of what has the name; a symbolic link is itself. */
  attributes: Attributes;
}

/** What became of an entry, which is handed back as it was given. */
export type StatOutcome<Entry = Path | { path: Path }> = { path: Path; entry: Entry } & (
  | { ok: true; attributes: Attributes }
  | { ok: false; error: TesseraError }
);

/** Which part of a file is looked for. */
export interface LocationsOptions extends OperationOptions {
  /** First byte; default 0. */
  start?: number;
  /** Byte after the last; default and at most the end of the file. */
  end?: number;
}

/** A server that holds some bytes of a file. */
export interface LocationServer {
  /** Its number. */
  server: number;
  /** host:port of its data plane. */
  address: string;
  /** By its heartbeats. */
  state: ServerState;
  /** Such as its host. */
  labels: readonly Label[];
}

/** Bytes of a file that lie together, and every server that has them whole and uncoded. */
export interface FileLocation {
  /** First byte in the file. */
  offset: number;
  /** Length. */
  bytes: number;
  /** None where the bytes can only be decoded now. */
  servers: readonly LocationServer[];
}

/** Looking at much at once, and at where things are. */
export interface SurveyCalls {
  /** Space and counts of the whole cluster. */
  statfs(options?: OperationOptions): Promise<StatFs>;
  /** All registered chunkservers, whatever their state. */
  servers(options?: OperationOptions): Promise<readonly ServerStatus[]>;
  /** `list` with attributes: those of symbolic links are their own. */
  readdirPlus(path: Path, options?: Omit<ListOptions, 'attributes'>): AsyncIterable<EntryPlus>;
  /** Outcomes in order of completion, one for each path; by default 512 in flight. `deadlineMs` is per path. */
  statMany<Entry extends Path | { path: Path }>(
    entries: Iterable<Entry> | AsyncIterable<Entry>,
    options?: Omit<ManyOptions, 'bytesInFlightMax'> & FollowOption,
  ): AsyncIterable<StatOutcome<Entry>>;
  /**
   * Where the bytes of a file, or of a part of it, lie, in order, for computing near the data. Holes, and files that
   * live in the inode, lie nowhere.
   */
  locations(path: Path, options?: LocationsOptions): Promise<FileLocation[]>;
}
