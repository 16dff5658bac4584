import { TesseraError, toBigInt, toLong } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { CLUSTER_KEY } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** The cluster's identity and the next free numbers. */
export interface ClusterRecord {
  /** 16 bytes. */
  clusterId: Uint8Array;
  /** Era of the last start. */
  era: number;
  nextServer: number;
  nextPg: number;
  nextSet: number;
  createdNs: bigint;
}

export function findCluster(tx: ReadTransaction): ClusterRecord | undefined {
  const value = tx.get(CLUSTER_KEY);
  return value === undefined ? undefined : decodeCluster(value);
}

export function decodeCluster(value: Uint8Array): ClusterRecord {
  const { clusterId, era, nextServer, nextPg, nextSet, createdNs } = decodeRecord(records.Cluster, value);
  return { clusterId: clusterId.slice(), era, nextServer, nextPg, nextSet, createdNs: toBigInt(createdNs) };
}

/** @throws TesseraError CORRUPT: it is written before anything else */
export function readCluster(tx: ReadTransaction): ClusterRecord {
  const record = findCluster(tx);
  if (record === undefined) throw new TesseraError('CORRUPT', 'the metadata store holds no cluster record');
  return record;
}

export function putCluster(tx: Transaction, record: ClusterRecord): void {
  const { createdNs, ...rest } = record;
  const encoded = records.Cluster.encode({ header: recordHeader(tx), ...rest, createdNs: toLong(createdNs) });
  tx.put(CLUSTER_KEY, encoded.finish());
}
