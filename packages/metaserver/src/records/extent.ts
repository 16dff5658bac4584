import { decodeId, encodeId, type Id, toSafeNumber } from '@tessera/protocol';
import type { records } from './record.js';

/** A run of a file held by (part of) one segment. */
export interface FileExtent {
  fileOffset: number;
  length: number;
  segment: Id;
  segmentOffset: number;
}

export function extentToRecord(extent: FileExtent): records.Extent.$Properties {
  return {
    fileOffset: extent.fileOffset,
    length: extent.length,
    segment: encodeId(extent.segment),
    segmentOffset: extent.segmentOffset,
  };
}

export function extentFromRecord(record: records.Extent.$Properties): FileExtent {
  return {
    fileOffset: toSafeNumber(record.fileOffset),
    length: toSafeNumber(record.length),
    segment: decodeId(record.segment),
    segmentOffset: record.segmentOffset ?? 0,
  };
}
