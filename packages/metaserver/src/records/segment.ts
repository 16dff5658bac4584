import { decodeId, encodeId, type Id } from '@tessera/protocol';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { segmentKey } from './keys.js';
import { decodeRecord, recordHeader, records } from './record.js';

/** Where a segment lies now. Files know its id only. */
export interface SegmentRecord {
  pg: number;
  stripe: Id;
  slot: number;
  /** Bytes. */
  length: number;
  root: bigint;
  /** Extents that refer to it, of files, clones and snapshots; at 0 the record goes. */
  refs: number;
}

export function readSegment(tx: ReadTransaction, segment: Id): SegmentRecord | undefined {
  const value = tx.get(segmentKey(segment));
  if (value === undefined) return undefined;
  const { pg, stripe, slot, length, root, refs } = decodeRecord(records.Segment, value);
  return { pg, stripe: decodeId(stripe), slot, length, root: decodeId(root), refs };
}

export function putSegment(tx: Transaction, segment: Id, record: SegmentRecord): void {
  tx.put(segmentKey(segment), encodeSegment(tx, record));
}

/** Writes the record of a segment whose id is fresh. */
export function insertSegment(tx: Transaction, segment: Id, record: SegmentRecord): void {
  tx.insert(segmentKey(segment), encodeSegment(tx, record));
}

function encodeSegment(tx: Transaction, record: SegmentRecord): Uint8Array {
  const { stripe, root, ...rest } = record;
  return records.Segment.encode({
    header: recordHeader(tx),
    ...rest,
    stripe: encodeId(stripe),
    root: encodeId(root),
  }).finish();
}
