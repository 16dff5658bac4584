import { toSafeNumber } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { TOTALS_KEY } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

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

const NOTHING: Totals = {
  files: 0,
  directories: 0,
  logicalBytes: 0,
  liveBytes: 0,
  deadBytes: 0,
  stripes: 0,
  repairsOwed: 0,
  reaperPending: 0,
};

export const TOTAL_NAMES = Object.keys(NOTHING) as readonly (keyof Totals)[];

export function readTotals(tx: ReadTransaction): Totals {
  const value = tx.get(TOTALS_KEY);
  const totals = { ...NOTHING };
  if (value === undefined) return totals;
  const record = decodeRecord(records.Totals, value);
  for (const name of TOTAL_NAMES) totals[name] = toSafeNumber(record[name]);
  return totals;
}

export function putTotals(tx: Transaction, totals: Totals): void {
  tx.put(TOTALS_KEY, records.Totals.encode({ header: recordHeader(tx), ...totals }).finish());
}
