import { toSafeNumber } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { serverKey } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** A chunkserver that has joined the cluster: one disk, for good. */
export interface ServerRecord {
  /** 16 bytes. */
  diskId: Uint8Array;
  /** host:port of the data plane. */
  address: string;
  labels: { key: string; value: string }[];
  /** 32 bytes. */
  receiptKey: Uint8Array;
  capacityBytes: number;
}

export function readServer(tx: ReadTransaction, server: number): ServerRecord | undefined {
  const value = tx.get(serverKey(server));
  return value === undefined ? undefined : decodeServer(value);
}

export function decodeServer(value: Uint8Array): ServerRecord {
  const { diskId, address, labels, receiptKey, capacityBytes } = decodeRecord(records.Server, value);
  return {
    diskId: diskId.slice(),
    address,
    labels: labels.map((label) => ({ key: label.key ?? '', value: label.value ?? '' })),
    receiptKey: receiptKey.slice(),
    capacityBytes: toSafeNumber(capacityBytes),
  };
}

export function putServer(tx: Transaction, server: number, record: ServerRecord): void {
  tx.put(serverKey(server), records.Server.encode({ header: recordHeader(tx), ...record }).finish());
}
