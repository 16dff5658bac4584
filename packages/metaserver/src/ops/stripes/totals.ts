import type { Transaction } from '../../store/transaction.js';

/** What the cluster holds, kept by the transactions that change it. */
export interface Totals {
  files: number;
  directories: number;
  logicalBytes: number;
  /** Bytes of live shards, parity included. */
  liveBytes: number;
  /** Bytes of shards nobody refers to. */
  deadBytes: number;
  /** Stripes that are not wholly dead. */
  stripes: number;
  /** Stripes with a missing slot or a doubtful shard. */
  repairsOwed: number;
  /** Removed trees and files still being taken apart. */
  reaperPending: number;
}

/** Adds signed changes to the totals. */
export function addTotals(_tx: Transaction, _delta: Partial<Totals>): void {
  throw new Error('being written');
}
