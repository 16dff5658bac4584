import type { Id } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { repairKey } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** The slots of a stripe that owe a repair, ascending; undefined when it owes none. */
export function readRepair(tx: ReadTransaction, pg: number, stripe: Id): number[] | undefined {
  const value = tx.get(repairKey(pg, stripe));
  return value === undefined ? undefined : decodeRecord(records.Repair, value).slots;
}

export function putRepair(tx: Transaction, pg: number, stripe: Id, slots: readonly number[]): void {
  tx.put(repairKey(pg, stripe), encodeRepair(tx, slots));
}

/** Writes the row of a stripe that has none yet. */
export function insertRepair(tx: Transaction, pg: number, stripe: Id, slots: readonly number[]): void {
  tx.insert(repairKey(pg, stripe), encodeRepair(tx, slots));
}

function encodeRepair(tx: Transaction, slots: readonly number[]): Uint8Array {
  return records.Repair.encode({ header: recordHeader(tx), slots: [...slots] }).finish();
}
