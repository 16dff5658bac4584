import type { v1 } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { pgKey } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** P positions, each held by a chunkserver, in an epoch that grows with every change of members. */
export interface PlacementGroupRecord {
  epoch: number;
  /** The placement set it belongs to. */
  set: number;
  failureDomain: v1.DomainLevel;
  shardsPerDomain: number;
  /** By position. */
  members: MemberRecord[];
}

export interface MemberRecord {
  /** Who holds the position; 0 = vacant. */
  server: number;
  /** Who is being filled to hold it; 0 = nobody. */
  filling: number;
}

export function readPlacementGroup(tx: ReadTransaction, pg: number): PlacementGroupRecord | undefined {
  const value = tx.get(pgKey(pg));
  return value === undefined ? undefined : decodePlacementGroup(value);
}

export function decodePlacementGroup(value: Uint8Array): PlacementGroupRecord {
  const { epoch, set, failureDomain, shardsPerDomain, members } = decodeRecord(records.PlacementGroup, value);
  return {
    epoch,
    set,
    failureDomain,
    shardsPerDomain,
    members: members.map(({ server, filling }) => ({ server: server ?? 0, filling: filling ?? 0 })),
  };
}

/** Writes the record of a group whose number is fresh. */
export function insertPlacementGroup(tx: Transaction, pg: number, record: PlacementGroupRecord): void {
  tx.insert(pgKey(pg), records.PlacementGroup.encode({ header: recordHeader(tx), ...record }).finish());
}
