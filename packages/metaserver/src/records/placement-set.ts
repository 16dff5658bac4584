import type { v1 } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { pgSetKey } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** All placement groups made together for one (positions, domain level, shards per domain, labels). */
export interface PlacementSetRecord {
  positions: number;
  failureDomain: v1.DomainLevel;
  shardsPerDomain: number;
  /** Labels that every member carries, sorted by key. */
  labels: { key: string; value: string }[];
  firstPg: number;
  pgCount: number;
  /** Over how many servers the groups were spread. */
  servers: number;
}

export function readPlacementSet(tx: ReadTransaction, set: number): PlacementSetRecord | undefined {
  const value = tx.get(pgSetKey(set));
  if (value === undefined) return undefined;
  const { positions, failureDomain, shardsPerDomain, labels, firstPg, pgCount, servers } = decodeRecord(
    records.PlacementSet,
    value,
  );
  return {
    positions,
    failureDomain,
    shardsPerDomain,
    labels: labels.map(({ key, value: labelValue }) => ({ key: key ?? '', value: labelValue ?? '' })),
    firstPg,
    pgCount,
    servers,
  };
}

/** Writes the record of a set whose number is fresh. */
export function insertPlacementSet(tx: Transaction, set: number, record: PlacementSetRecord): void {
  tx.insert(pgSetKey(set), records.PlacementSet.encode({ header: recordHeader(tx), ...record }).finish());
}
