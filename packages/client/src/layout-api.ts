/* The policy by which files are laid out. */

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
