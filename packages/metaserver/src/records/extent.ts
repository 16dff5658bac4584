import type { Id } from '@tessera/protocol';

/** A run of a file held by (part of) one segment. */
export interface FileExtent {
  fileOffset: number;
  length: number;
  segment: Id;
  segmentOffset: number;
}
