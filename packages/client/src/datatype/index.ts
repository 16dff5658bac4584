/* Datatypes, as in MPI and PVFS: which bytes of a file and of memory take part in a transfer, and in which order. */

export {
  bytes,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from './bytes.js';
export type { Datatype } from './datatype.js';
export { type ByteRange, flatten } from './flatten.js';
export { hindexed, hindexedBlock, indexed, indexedBlock } from './indexed.js';
export { checkWritable, OVERLAP_RANGES_MAX, overlaps } from './overlap.js';
export { resized } from './resized.js';
export { DATATYPE_DEPTH_MAX } from './shape.js';
export { type Span, spanOf } from './span.js';
export { type Field, struct } from './struct.js';
export { type Box, subarray } from './subarray.js';
export { type Transfer, type TransferRequest, transfers } from './transfers.js';
export { contiguous, hvector, vector } from './vector.js';
export { type View, view } from './view.js';
export { ViewCursor, viewRanges } from './view-cursor.js';
