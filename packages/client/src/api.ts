import type { Writable } from 'node:stream';
import type { Clock, Log, Network, Random } from '@tessera/env';
import type { TesseraError } from '@tessera/protocol';
import type { FileHandle, OpenFlags, OpenOptions } from './file/api.js';
import type { Hints } from './hints/hints.js';
import type { AttributeCalls, CopyCalls, FollowOption, LinkCalls, XattrCalls } from './namespace/api.js';
import type { SurveyCalls } from './namespace/survey-api.js';
import type { OperationSet } from './operations/api.js';

/* The public types of the SDK. Ids and times are bigint, sizes and counts number, names bytes with a text beside. */

/** What a client uses of the outside. */
export interface ClientEnv {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
}

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

export interface OperationOptions {
  /** Aborting ends the operation with CANCELLED. */
  signal?: AbortSignal;
  /**
   * After this many milliseconds in all the operation ends with DEADLINE_EXCEEDED; default: after the client's
   * `deadlineMs` without any progress, so that a long transfer may take its time.
   */
  deadlineMs?: number;
}

export type NodeKind = 'file' | 'directory' | 'symlink';

export interface Attributes {
  inode: bigint;
  kind: NodeKind;
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  links: number;
  /** Length in bytes of a file, or of a symbolic link's target; 0 for a directory. */
  bytes: number;
  /** A directory's children; 0 for all else. */
  entries: number;
  createdNs: bigint;
  modifiedNs: bigint;
  changedNs: bigint;
  /** Commit sequence of the transaction that last wrote the inode. */
  version: bigint;
  /** Of the one that last changed a file's bytes or a directory's names; a rename does not. */
  contentVersion: bigint;
}

export interface Entry {
  name: Uint8Array;
  /** The name decoded. */
  text: string;
  inode: bigint;
  kind: NodeKind;
  /** Present when the listing asked for attributes. */
  attributes?: Attributes;
}

export interface Label {
  key: string;
  value: string;
}

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
  segmentBytes: number;
  /** Which files may share a stripe. */
  mixing: 'file' | 'directory' | 'tenant';
  /** Acknowledged after fdatasync, or from the page cache. */
  durability: 'synced' | 'written';
  failureDomain: DomainLevel;
  shardsPerDomain: number;
  placementLabels: readonly Label[];
  /** Files up to this length live in the inode. */
  inlineBytes: number;
  /** How bytes are dealt out to servers, as `distribution.parseDistribution` reads it: `twod_stripe:num_groups=2`. */
  distribution: string;
  /** Servers a file spreads over; 0 = all. */
  width: number;
  serverOrder: ServerOrder;
  /** Number of the file's first server; 0 = none in particular. */
  startServer: number;
  /** Numbers of the file's servers; empty = any. */
  servers: readonly number[];
}

export interface LayoutInfo {
  /** What the directory sets itself. */
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

export interface PutOptions extends OperationOptions {
  /** Take the place of an existing file; otherwise it is an EXISTS error. */
  replace?: boolean;
  makeParents?: boolean;
  /** Permission bits; default 0o644. */
  mode?: number;
  /** Modification time, ns since the Unix epoch; default: the time of the commit. */
  modifiedNs?: bigint;
  /** For this file, which keeps them. */
  hints?: Hints;
}

export interface PutResult {
  attributes: Attributes;
  protection: Protection;
  /** What is missing, when the protection is not full. */
  detail?: string;
}

/** The bytes must stay unchanged until the put is answered. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;

export interface PutEntry {
  path: Path;
  /** A function opens the content when its turn has come. */
  content: Content | (() => Content | Promise<Content>);
  /** About how long content is that is not in memory yet, for `bytesInFlightMax`. */
  bytes?: number;
  replace?: boolean;
  makeParents?: boolean;
  mode?: number;
  modifiedNs?: bigint;
  hints?: Hints;
}

export interface GetEntry {
  path: Path;
  /** About how long the file is, for `bytesInFlightMax`. */
  bytes?: number;
}

/** How far a call on many files is. */
export interface ManyProgress {
  done: number;
  failed: number;
  /** Of the files that are done. */
  bytes: number;
}

export interface ManyOptions extends OperationOptions {
  /** Files in flight at once; default 16. `deadlineMs` is per file. */
  concurrency?: number;
  /** Bytes of files in flight whose length is known, outcomes that nobody took included; default 256 MiB. */
  bytesInFlightMax?: number;
  /** Called after each file. */
  onProgress?: (progress: ManyProgress) => void;
}

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

export type GetOutcome<Entry = Path | GetEntry> = { path: Path; entry: Entry } & (
  | { ok: true; content: Uint8Array }
  | { ok: false; error: TesseraError }
);

export interface ReadStreamOptions extends OperationOptions {
  /** First byte; default 0. */
  start?: number;
  /** Byte after the last; default and at most the end of the file. */
  end?: number;
}

export interface MkdirOptions extends OperationOptions {
  /** Make missing parents; an existing directory is fine. */
  parents?: boolean;
  /** Permission bits; default 0o755. */
  mode?: number;
  layout?: Partial<DirectoryLayout>;
}

export interface ListOptions extends OperationOptions {
  attributes?: boolean;
  /** Only names that sort after this one, by unsigned bytes. */
  after?: string | Uint8Array;
  /** At most so many entries. */
  limit?: number;
}

export type SlotState = 'pending' | 'live' | 'dead' | 'missing';
export type ServerState = 'up' | 'suspect' | 'down';
export type DiskState = 'healthy' | 'full' | 'failed';

/** Where one shard of a stripe lies. */
export interface ShardPlace {
  slot: number;
  /** `data` for slots below the stripe's data count. */
  role: 'data' | 'parity';
  /** In the placement group. */
  position: number;
  bytes: number;
  state: SlotState;
  /** 0: the position is vacant. */
  server: number;
  address: string;
  serverState: ServerState;
  /** The server's labels, such as its host. */
  labels: readonly Label[];
}

export interface ExtentInfo {
  fileOffset: number;
  bytes: number;
  segment: bigint;
  segmentOffset: number;
  pg: number;
  stripe: bigint;
  /** Data and parity shards of the stripe. */
  dataCount: number;
  parityCount: number;
  /** The slot that holds this extent. */
  shard: ShardPlace;
  /** The other data slots of the stripe: segments of this or of other files. */
  companions: readonly ShardPlace[];
  parity: readonly ShardPlace[];
}

export interface ServerStatus {
  server: number;
  address: string;
  state: ServerState;
  labels: readonly Label[];
  diskState: DiskState;
  diskMessage: string;
  capacityBytes: number;
  usedBytes: number;
  freeBytes: number;
  shards: number;
  /** Age of the last heartbeat. */
  lastHeartbeatMs: number;
  diskId: Uint8Array;
}

export interface PlacementGroupInfo {
  pg: number;
  epoch: number;
  failureDomain: DomainLevel;
  shardsPerDomain: number;
  /** Index = position; server 0 = vacant, filling 0 = none. */
  members: readonly { server: number; filling: number }[];
}

export interface ClusterMapInfo {
  version: number;
  clusterId: Uint8Array;
  servers: readonly ServerStatus[];
  pgs: readonly PlacementGroupInfo[];
}

export interface ClusterStatus {
  clusterId: Uint8Array;
  era: number;
  /** Newest durable journal position. */
  lsn: number;
  checkpointLsn: number;
  uptimeMs: number;
  servers: readonly ServerStatus[];
  pgs: number;
  pgsDegraded: number;
  files: number;
  directories: number;
  logicalBytes: number;
  liveBytes: number;
  deadBytes: number;
  stripes: number;
  repairsOwed: number;
  sessions: number;
  leases: number;
  alarms: readonly string[];
  reaperPending: number;
}

/** What this client did since it connected. */
export interface ClientCounters {
  stripesWritten: number;
  segmentsWritten: number;
  /** Mean j; 0 before the first stripe. */
  meanSegmentsPerStripe: number;
  stripesAbandoned: number;
  /** Bytes of segments in written stripes. */
  logicalBytesWritten: number;
  /** Bytes of all shards in written stripes. */
  physicalBytesWritten: number;
  /** Bytes of file content handed out. */
  bytesRead: number;
  /** Ranges that had to be decoded from other shards. */
  degradedReads: number;
  corruptShards: number;
  hedges: number;
  hedgedBytes: number;
  /** Calls, shard writes and reads that were tried again. */
  retries: number;
  metadataCalls: number;
  metadataOperations: number;
}

/** All failures are TesseraError; see ErrorCode. */
export interface Client extends XattrCalls, AttributeCalls, LinkCalls, CopyCalls, SurveyCalls {
  readonly clusterId: Uint8Array;
  readonly metaserver: string;

  /** Stores a whole file; it becomes visible with its whole content at once. */
  putFile(path: Path, content: Content, options?: PutOptions): Promise<PutResult>;
  getFile(path: Path, options?: OperationOptions): Promise<Uint8Array>;
  /** The file's bytes in order, in pieces of at most a segment, with bounded read-ahead. */
  readStream(path: Path, options?: ReadStreamOptions): AsyncIterable<Uint8Array>;
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
  /**
   * Opens a file to read and write parts of it. Writing goes to the file itself, where `putFile` puts another in its
   * place.
   */
  open(path: Path, flags: OpenFlags, options?: OpenOptions): Promise<FileHandle>;
  /** A Node stream into `putFile`: the file is there, whole, once it has finished; destroyed before, it is not. */
  writeStream(path: Path, options?: PutOptions): Writable;

  /** `created` is false when the directory was there already (only with `parents`). */
  mkdir(path: Path, options?: MkdirOptions): Promise<{ attributes: Attributes; created: boolean }>;
  stat(path: Path, options?: OperationOptions & FollowOption): Promise<Attributes>;
  /** A directory's entries in the order of their names' bytes. */
  list(path: Path, options?: ListOptions): AsyncIterable<Entry>;
  rename(from: Path, to: Path, options?: OperationOptions & { replace?: boolean }): Promise<Attributes>;
  remove(path: Path, options?: OperationOptions & { recursive?: boolean }): Promise<void>;
  getLayout(path: Path, options?: OperationOptions): Promise<LayoutInfo>;
  /**
   * Replaces what the directory sets itself; fields left out are inherited. To change one field, start from
   * `(await getLayout(path)).own`. Files already written keep theirs. Answers the effective layout.
   */
  setLayout(path: Path, layout: Partial<DirectoryLayout>, options?: OperationOptions): Promise<DirectoryLayout>;
  /** Which chunkserver holds what of a file; none for an inline or empty file. */
  extents(path: Path, options?: OperationOptions): Promise<ExtentInfo[]>;

  clusterMap(options?: OperationOptions): Promise<ClusterMapInfo>;
  clusterStatus(options?: OperationOptions): Promise<ClusterStatus>;
  /** A new, empty set to start calls in, and to wait for any, some or all of them. */
  operations(): OperationSet;
  counters(): ClientCounters;
  /** Ends what is in flight with CANCELLED, gives leases and session back. Calling it again does nothing. */
  close(): Promise<void>;
}
