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

export const NO_TOTALS: Readonly<Totals> = {
  files: 0,
  directories: 0,
  logicalBytes: 0,
  liveBytes: 0,
  deadBytes: 0,
  stripes: 0,
  repairsOwed: 0,
  reaperPending: 0,
};

export const TOTAL_NAMES = Object.keys(NO_TOTALS) as readonly (keyof Totals)[];

export function readTotals(tx: ReadTransaction): Readonly<Totals> {
  return tx.getRecord(TOTALS_KEY, decodeTotals) ?? NO_TOTALS;
}

export function putTotals(tx: Transaction, totals: Readonly<Totals>): void {
  const { commitSequence } = tx;
  tx.putRecord(TOTALS_KEY, totals, () =>
    records.Totals.encode({ header: recordHeader({ commitSequence }), ...totals }).finish(),
  );
}

/** @throws TesseraError CORRUPT */
function decodeTotals(value: Uint8Array): Totals {
  const record = decodeRecord(records.Totals, value);
  const totals = { ...NO_TOTALS };
  for (const name of TOTAL_NAMES) totals[name] = toSafeNumber(record[name]);
  return totals;
}
