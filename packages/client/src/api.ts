import type { Writable } from 'node:stream';
import type { Clock, Log, Network, Random } from '@tessera/env';
import type { ClusterMapInfo, ClusterStatus, ExtentInfo } from './cluster/api.js';
import type { FileHandle, OpenFlags, OpenOptions } from './file/api.js';
import type { PathListCalls } from './file/path-list-api.js';
import type { Hints } from './hints/hints.js';
import type { DirectoryLayout, LayoutInfo } from './layout-api.js';
import type { ManyCalls } from './many/api.js';
import type {
  AttributeCalls,
  CopyCalls,
  FollowOption,
  LinkCalls,
  ListOptions,
  MkdirOptions,
  XattrCalls,
} from './namespace/api.js';
import type { SurveyCalls } from './namespace/survey-api.js';
import type { Attributes, Entry, OperationOptions, Path } from './node-api.js';
import type { OperationSet } from './operations/api.js';
import type { Content, PutOptions, PutResult } from './put/api.js';

/* The public types of the SDK. Ids and times are bigint, sizes and counts number, names bytes with a text beside. */

/** What a client uses of the outside. */
export interface ClientEnv {
  /** Time and timers. */
  readonly clock: Clock;
  /** Ids, jitter. */
  readonly random: Random;
  /** Calls to the metaserver, connections to chunkservers. */
  readonly network: Network;
}

/** How `connect` reaches a cluster. */
export interface ConnectOptions {
  /** host:port of the metaserver. */
  metaserver: string;
  /** Default: the real clock, randomness and network; `close` then closes what they keep open. */
  env?: ClientEnv;
  /** Erasure-code backend; `auto` takes the SIMD kernel where it runs, else the library. */
  codec?: 'auto' | 'simd' | 'library';
  /** For logs and status on the servers, at most 128 characters. */
  name?: string;
  /** Time each operation has without any progress unless it says otherwise; default 60,000. */
  deadlineMs?: number;
  /** Bytes that all streams and open files of this client together read ahead; default 256 MiB. */
  readAheadBytes?: number;
  /** Where the client writes what it notices, such as servers that fail; default: nowhere. */
  log?: Log;
  /**
   * What this host is called, for layouts that prefer local servers: their label `host`, or the host of their address.
   * Default with the real environment: the host's name and its interfaces' addresses.
   */
  hostNames?: readonly string[];
  /** For all files that this client makes; a call's own go first. They win over TESSERA_HINTS, and over layouts. */
  hints?: Hints;
  /** Where TESSERA_HINTS is looked for; default with the real environment: that of the process. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Which part of a file is read. */
export interface ReadStreamOptions extends OperationOptions {
  /** First byte; default 0. */
  start?: number;
  /** Byte after the last; default and at most the end of the file. */
  end?: number;
}

/** What this client did since it connected. */
export interface ClientCounters {
  /** Stripes whose shards were written and acknowledged. */
  stripesWritten: number;
  /** Segments in them. */
  segmentsWritten: number;
  /** Mean j; 0 before the first stripe. */
  meanSegmentsPerStripe: number;
  /** Stripes given up since a server failed; their segments went into others. */
  stripesAbandoned: number;
  /** Bytes of segments in written stripes. */
  logicalBytesWritten: number;
  /** Bytes of all shards in written stripes. */
  physicalBytesWritten: number;
  /** Bytes of file content handed out. */
  bytesRead: number;
  /** Ranges that had to be decoded from other shards. */
  degradedReads: number;
  /** Reads of a shard whose bytes did not fit its checksums. They were decoded from others. */
  corruptShards: number;
  /** Reads that were asked of other shards too, since the first were slow. */
  hedges: number;
  /** Bytes of those. */
  hedgedBytes: number;
  /** Calls, shard writes and reads that were tried again. */
  retries: number;
  /** Calls to the metaserver. */
  metadataCalls: number;
  /** Operations in them: a call carries many. */
  metadataOperations: number;
}

/** All failures are TesseraError; see ErrorCode. */
export interface Client
  extends XattrCalls,
    AttributeCalls,
    LinkCalls,
    CopyCalls,
    SurveyCalls,
    PathListCalls,
    ManyCalls {
  /** 16 bytes that tell the cluster from all others. */
  readonly clusterId: Uint8Array;
  /** host:port it is connected to. */
  readonly metaserver: string;

  /** Stores a whole file; it becomes visible with its whole content at once. */
  putFile(path: Path, content: Content, options?: PutOptions): Promise<PutResult>;
  /** A file's whole content, verified from end to end. @throws TesseraError NOT_FOUND, IS_A_DIRECTORY, DATA_LOSS, … */
  getFile(path: Path, options?: OperationOptions): Promise<Uint8Array>;
  /** The file's bytes in order, in pieces of at most a segment, with bounded read-ahead. */
  readStream(path: Path, options?: ReadStreamOptions): AsyncIterable<Uint8Array>;
  /**
   * Opens a file to read and write parts of it. Writing goes to the file itself, where `putFile` puts another in its
   * place.
   */
  open(path: Path, flags: OpenFlags, options?: OpenOptions): Promise<FileHandle>;
  /** A Node stream into `putFile`: the file is there, whole, once it has finished; destroyed before, it is not. */
  writeStream(path: Path, options?: PutOptions): Writable;

  /** `created` is false when the directory was there already (only with `parents`). */
  mkdir(path: Path, options?: MkdirOptions): Promise<{ attributes: Attributes; created: boolean }>;
  /** What has the path. @throws TesseraError NOT_FOUND, NOT_A_DIRECTORY, … */
  stat(path: Path, options?: OperationOptions & FollowOption): Promise<Attributes>;
  /** A directory's entries in the order of their names' bytes. */
  list(path: Path, options?: ListOptions): AsyncIterable<Entry>;
  /**
   * Gives a node another path, at once; its handles and inode stay. @throws TesseraError EXISTS unless `replace`,
   * NOT_FOUND, NOT_EMPTY, …
   */
  rename(from: Path, to: Path, options?: OperationOptions & { replace?: boolean }): Promise<Attributes>;
  /**
   * Removes a name, and the node with its last one. @throws TesseraError NOT_FOUND; NOT_EMPTY for a directory with
   * entries, unless `recursive`
   */
  remove(path: Path, options?: OperationOptions & { recursive?: boolean }): Promise<void>;
  /** The policy at a path. @throws TesseraError NOT_FOUND, … */
  getLayout(path: Path, options?: OperationOptions): Promise<LayoutInfo>;
  /**
   * Replaces what the directory or file sets itself; fields left out are inherited. To change one field, start from
   * `(await getLayout(path)).own`. What is written already stays as it is. A file has hints only: INVALID_ARGUMENT for other
   * fields. Answers the effective layout.
   */
  setLayout(path: Path, layout: Partial<DirectoryLayout>, options?: OperationOptions): Promise<DirectoryLayout>;
  /** Which chunkserver holds what of a file; none for an inline or empty file. */
  extents(path: Path, options?: OperationOptions): Promise<ExtentInfo[]>;

  /** Servers and placement groups, as placement sees them. */
  clusterMap(options?: OperationOptions): Promise<ClusterMapInfo>;
  /** How the cluster is: what is stored, what is missing, who is there. */
  clusterStatus(options?: OperationOptions): Promise<ClusterStatus>;
  /** A new, empty set to start calls in, and to wait for any, some or all of them. */
  operations(): OperationSet;
  /** What this client did so far; a copy. */
  counters(): ClientCounters;
  /** Ends what is in flight with CANCELLED, gives leases and session back. Calling it again does nothing. */
  close(): Promise<void>;
}
