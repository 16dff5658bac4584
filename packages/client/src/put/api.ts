import type { Hints } from '../hints/hints.js';
import type { Attributes, OperationOptions } from '../node-api.js';

/* How a file is stored. */

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
