import type { DomainLevel, Label } from '../layout-api.js';

/* What the SDK tells of a cluster: its servers, its placement groups, where the shards of a file lie. */

/**
 * Of a slot of a stripe. `pending`: written, not committed yet. `live`: some file refers to it. `dead`: nobody does,
 * and garbage collection frees it. `missing`: its shard was not written.
 */
export type SlotState = 'pending' | 'live' | 'dead' | 'missing';

/** As the metaserver sees a chunkserver by its heartbeats: `suspect` is late, `down` was silent for long. */
export type ServerState = 'up' | 'suspect' | 'down';

/** `full` still serves reads; `failed` serves nothing that needs the disk. */
export type DiskState = 'healthy' | 'full' | 'failed';

/** Where one shard of a stripe lies. */
export interface ShardPlace {
  /** Index in the stripe: data first, then parity. */
  slot: number;
  /** `data` for slots below the stripe's data count. */
  role: 'data' | 'parity';
  /** In the placement group. */
  position: number;
  /** Length of the shard. */
  bytes: number;
  /** What the stripe's record says of the slot. */
  state: SlotState;
  /** 0: the position is vacant. */
  server: number;
  /** host:port of the server's data plane; empty when there is none. */
  address: string;
  /** Whether the server is there. */
  serverState: ServerState;
  /** The server's labels, such as its host. */
  labels: readonly Label[];
}

/** A range of a file, the segment it is in, and the stripe that keeps this safe. */
export interface ExtentInfo {
  /** First byte in the file. */
  fileOffset: number;
  /** Length. */
  bytes: number;
  /** Id of the segment that has the bytes. */
  segment: bigint;
  /** First byte in the segment. */
  segmentOffset: number;
  /** Number of the stripe's placement group. */
  pg: number;
  /** Id of the stripe. */
  stripe: bigint;
  /** Data shards of the stripe. */
  dataCount: number;
  /** Parity shards of the stripe. */
  parityCount: number;
  /** The slot that holds this extent. */
  shard: ShardPlace;
  /** The other data slots of the stripe: segments of this or of other files. */
  companions: readonly ShardPlace[];
  /** The parity slots of the stripe. */
  parity: readonly ShardPlace[];
}

/** A chunkserver, as it last reported. */
export interface ServerStatus {
  /** Its number in the cluster, from 1. */
  server: number;
  /** host:port of its data plane. */
  address: string;
  /** By its heartbeats. */
  state: ServerState;
  /** Those it was started with. */
  labels: readonly Label[];
  /** As it reported. */
  diskState: DiskState;
  /** What is wrong with the disk; empty when nothing is. */
  diskMessage: string;
  /** Size of the disk, or of the part it may use. */
  capacityBytes: number;
  /** Taken by shards and their records. */
  usedBytes: number;
  /** What writes may still take. */
  freeBytes: number;
  /** Shards it holds. */
  shards: number;
  /** Age of the last heartbeat. */
  lastHeartbeatMs: number;
  /** 16 bytes that tell the disk from all others. */
  diskId: Uint8Array;
}

/** Chunkservers that keep stripes together. */
export interface PlacementGroupInfo {
  /** Its number. */
  pg: number;
  /** Grows with each change of members. */
  epoch: number;
  /** No more than `shardsPerDomain` members share a domain of this level. */
  failureDomain: DomainLevel;
  /** Members that may share a domain. */
  shardsPerDomain: number;
  /** Index = position; server 0 = vacant, filling 0 = none. */
  members: readonly {
    /** Number of the server at the position. */
    server: number;
    /** Number of the server that is being filled to take it over. */
    filling: number;
  }[];
}

/** Who is in the cluster, and who keeps stripes with whom. */
export interface ClusterMapInfo {
  /** Grows with each change. */
  version: number;
  /** 16 bytes. */
  clusterId: Uint8Array;
  /** All registered chunkservers. */
  servers: readonly ServerStatus[];
  /** All placement groups. */
  pgs: readonly PlacementGroupInfo[];
}

/** How the cluster is. */
export interface ClusterStatus {
  /** 16 bytes. */
  clusterId: Uint8Array;
  /** Number of the metaserver's term; each start has a higher one. */
  era: number;
  /** Newest durable journal position. */
  lsn: number;
  /** Journal position up to which the metadata store was saved. */
  checkpointLsn: number;
  /** Since the metaserver started. */
  uptimeMs: number;
  /** All registered chunkservers. */
  servers: readonly ServerStatus[];
  /** Placement groups. */
  pgs: number;
  /** Those with a member that is not up. */
  pgsDegraded: number;
  /** Files in all. */
  files: number;
  /** Directories in all. */
  directories: number;
  /** Of all files. */
  logicalBytes: number;
  /** Of live shards, parity included. */
  liveBytes: number;
  /** Of shards that nobody refers to; garbage collection frees them. */
  deadBytes: number;
  /** Stripes in all. */
  stripes: number;
  /** Stripes with a missing slot or a doubtful shard. */
  repairsOwed: number;
  /** Clients that are connected, or were a short time ago. */
  sessions: number;
  /** Ranges of stripe ids that clients hold. */
  leases: number;
  /** What an admin must look at, in words. */
  alarms: readonly string[];
  /** Removed trees whose files are still being taken apart. */
  reaperPending: number;
}
