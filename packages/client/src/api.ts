import type { Writable } from 'node:stream';
import type { Clock, Log, Network, Random } from '@tessera/env';
import type { ClusterMapInfo, ClusterStatus, ExtentInfo } from './cluster/api.js';
import type { FileHandle, OpenFlags, OpenOptions } from './file/api.js';
import type { PathListCalls } from './file/path-list-api.js';
import type { Hints } from './hints/hints.js';
import type { ManyCalls } from './many/api.js';
import type { AttributeCalls, CopyCalls, FollowOption, LinkCalls, XattrCalls } from './namespace/api.js';
import type { SurveyCalls } from './namespace/survey-api.js';
import type { OperationSet } from './operations/api.js';

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

/** A path as text or as bytes of valid UTF-8: names separated by single slashes, from the root. */
export type Path = string | Uint8Array;

/** What every call takes. */
export interface OperationOptions {
  /** Aborting ends the operation with CANCELLED. */
  signal?: AbortSignal;
  /**
   * After this many milliseconds in all the operation ends with DEADLINE_EXCEEDED; default: after the client's
   * `deadlineMs` without any progress, so that a long transfer may take its time.
   */
  deadlineMs?: number;
}

/** What has a name in the cluster. */
export type NodeKind = 'file' | 'directory' | 'symlink';

/** What is known of a file, directory or symbolic link. */
export interface Attributes {
  /** Stays the same whatever its names; never used again for another node. */
  inode: bigint;
  /** What it is. */
  kind: NodeKind;
  /** Permission bits. */
  mode: number;
  /** Owner; a number the cluster keeps and does not interpret. */
  uid: number;
  /** Group; a number likewise. */
  gid: number;
  /** Names it has; 1 for a directory. */
  links: number;
  /** Length in bytes of a file, or of a symbolic link's target; 0 for a directory. */
  bytes: number;
  /** A directory's children; 0 for all else. */
  entries: number;
  /** When it was made, by the metaserver's clock, ns since the Unix epoch. */
  createdNs: bigint;
  /** Modification time, ns since the Unix epoch: when the content last changed, unless it was set. */
  modifiedNs: bigint;
  /** When the inode last changed, by the metaserver's clock, ns since the Unix epoch; it cannot be set. */
  changedNs: bigint;
  /** Commit sequence of the transaction that last wrote the inode. */
  version: bigint;
  /** Of the one that last changed a file's bytes or a directory's names; a rename does not. */
  contentVersion: bigint;
}

/** A name in a directory. */
export interface Entry {
  /** The name's bytes, 1 to 255, without a slash. */
  name: Uint8Array;
  /** The name decoded. */
  text: string;
  /** Of what has the name. */
  inode: bigint;
  /** A symbolic link is itself. */
  kind: NodeKind;
  /** Present when the listing asked for attributes. */
  attributes?: Attributes;
}

/** A property of a chunkserver, given when it is started: placement and failure domains go by them. */
export interface Label {
  /** Such as `host`, `rack`, `site`, or one of the cluster's own. */
  key: string;
  /** Servers with the same value lie together. */
  value: string;
}

/** What may fail at once, from the smallest: a chunkserver's disk, a host with all its disks, … */
export type DomainLevel = 'disk' | 'host' | 'rack' | 'site' | 'region';

/**
 * In which order a file's segments prefer the servers of their placement group. `any`: those with least to do, unless
 * another field asks for lines, then as `round-robin`; `in-order`: by number; `round-robin`: by number, each file from
 * another one on; `random`: another order for each file; `list`: that of `servers`; `local`: those on the writer's host
 * first.
 */
export type ServerOrder = 'any' | 'in-order' | 'round-robin' | 'random' | 'list' | 'local';

/** A directory's policy. */
export interface DirectoryLayout {
  /** `rs-K-M` or `copies-N`. */
  redundancy: string;
  /** The longest piece of a file that lies on one server, bytes: 64 KiB to 16 MiB; default 1 MiB. */
  segmentBytes: number;
  /** Which files may share a stripe. */
  mixing: 'file' | 'directory' | 'tenant';
  /** Acknowledged after fdatasync, or from the page cache. */
  durability: 'synced' | 'written';
  /** Shards of a stripe are spread over domains of this level. */
  failureDomain: DomainLevel;
  /** Shards of a stripe that may share one domain, at most as many as may be lost. */
  shardsPerDomain: number;
  /** Servers must carry all of these labels; empty = any server. */
  placementLabels: readonly Label[];
  /** Files up to this length live in the inode. */
  inlineBytes: number;
  /** How bytes are dealt out to servers, as `distribution.parseDistribution` reads it: `twod_stripe:num_groups=2`. */
  distribution: string;
  /** Servers a file spreads over; 0 = all. */
  width: number;
  /** Which servers of its placement group a file's segments prefer. */
  serverOrder: ServerOrder;
  /** Number of the file's first server; 0 = none in particular. */
  startServer: number;
  /** Numbers of the file's servers; empty = any. */
  servers: readonly number[];
}

/** The policy that holds at a path. */
export interface LayoutInfo {
  /** What the directory or file sets itself. */
  own: Partial<DirectoryLayout>;
  /** With all fields, inherited ones included. */
  effective: DirectoryLayout;
  /** Inode of the directory the policy comes from: the node itself, or a file's parent. */
  directory: bigint;
}

/**
 * `full`: every stripe has the layout's parity and was not limited by missing servers. `narrowed`: full parity over
 * fewer data shards, since servers are missing: costs space, not safety. `degraded`: fewer parity shards than the
 * layout asks for; the repair is queued.
 */
export type Protection = 'full' | 'narrowed' | 'degraded';

/** How a file is stored. */
export interface PutOptions extends OperationOptions {
  /** Take the place of an existing file; otherwise it is an EXISTS error. */
  replace?: boolean;
  /** Make missing parents of the path; otherwise it is a NOT_FOUND error. */
  makeParents?: boolean;
  /** Permission bits; default 0o644. */
  mode?: number;
  /** Modification time, ns since the Unix epoch; default: the time of the commit. */
  modifiedNs?: bigint;
  /** For this file, which keeps them. */
  hints?: Hints;
}

/** What was stored. */
export interface PutResult {
  /** Of the stored file. */
  attributes: Attributes;
  /** How much redundancy its content got. */
  protection: Protection;
  /** What is missing, when the protection is not full. */
  detail?: string;
}

/** The bytes must stay unchanged until the put is answered. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

/** Which part of a file is read. */
export interface ReadStreamOptions extends OperationOptions {
  /** First byte; default 0. */
  start?: number;
  /** Byte after the last; default and at most the end of the file. */
  end?: number;
}

/** How a directory is made. */
export interface MkdirOptions extends OperationOptions {
  /** Make missing parents; an existing directory is fine. */
  parents?: boolean;
  /** Permission bits; default 0o755. */
  mode?: number;
  /** What the directory sets itself; fields left out are inherited. */
  layout?: Partial<DirectoryLayout>;
}

/** What of a directory is listed. */
export interface ListOptions extends OperationOptions {
  /** Have each entry bring its attributes; default false. */
  attributes?: boolean;
  /** Only names that sort after this one, by unsigned bytes. */
  after?: string | Uint8Array;
  /** At most so many entries. */
  limit?: number;
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
