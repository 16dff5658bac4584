import { decodeId, FILE_BYTES_MAX, type Id, TesseraError, toSafeNumber, type v1 } from '@tessera/protocol';

/** A run of a file held by one new segment: all of it, or a part beside parts for other extents of the same commit. */
export interface ExtentWrite {
  fileOffset: number;
  /** Bytes. */
  length: number;
  pg: number;
  stripe: Id;
  slot: number;
  segmentOffset: number;
}

/** Parses extents and checks that they ascend without overlap. @throws TesseraError INVALID_ARGUMENT */
export function parseExtentWrites(wire: readonly v1.ExtentWrite.$Properties[]): ExtentWrite[] {
  let end = 0;
  return wire.map((extent) => {
    const fileOffset = toSafeNumber(extent.fileOffset);
    const length = extent.length ?? 0;
    if (length === 0) refuse(`the extent at offset ${fileOffset} is empty`);
    if (fileOffset < end) {
      refuse(`the extent at offset ${fileOffset} begins before the one in front of it ends, at ${end}`);
    }
    end = fileOffset + length;
    if (end > FILE_BYTES_MAX) refuse(`the extent at offset ${fileOffset} ends above ${FILE_BYTES_MAX} bytes`);
    return {
      fileOffset,
      length,
      pg: extent.pg ?? 0,
      stripe: decodeId(extent.stripe),
      slot: extent.slot ?? 0,
      segmentOffset: extent.segmentOffset ?? 0,
    };
  });
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', message);
}
