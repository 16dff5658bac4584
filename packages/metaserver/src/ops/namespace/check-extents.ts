import {
  EXTENTS_PER_COMMIT_MAX,
  FILE_BYTES_MAX,
  STRIPES_PER_COMMIT_MAX,
  TesseraError,
  toSafeNumber,
  type v1,
} from '@tessera/protocol';

/** The part of a file that a list of extents spans: where the first begins and the last ends. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Whether the extents of one commit are ascending, apart and not too many. Whether their shards exist is for the
 * commit to say. @throws TesseraError INVALID_ARGUMENT, TOO_LARGE
 */
export function checkExtents(
  extents: readonly v1.ExtentWrite.$Properties[],
  stripes: readonly v1.StripeWrite.$Properties[],
): Span {
  if (extents.length > EXTENTS_PER_COMMIT_MAX) {
    throw new TesseraError(
      'TOO_LARGE',
      `${extents.length} extents; one commit takes ${EXTENTS_PER_COMMIT_MAX}: stage the file, extend it piece by piece and publish it`,
    );
  }
  if (stripes.length > STRIPES_PER_COMMIT_MAX) {
    throw new TesseraError('TOO_LARGE', `${stripes.length} stripes; one commit takes ${STRIPES_PER_COMMIT_MAX}`);
  }
  if (extents.length === 0 && stripes.length > 0) {
    throw new TesseraError('INVALID_ARGUMENT', 'stripes are given but no extent lies in them');
  }
  let start = 0;
  let end = 0;
  for (const [index, extent] of extents.entries()) {
    const offset = toSafeNumber(extent.fileOffset);
    const length = extent.length ?? 0;
    if (length === 0) throw new TesseraError('INVALID_ARGUMENT', `extent ${index} has no length`);
    if (index > 0 && offset < end) {
      throw new TesseraError(
        'INVALID_ARGUMENT',
        `extent ${index} begins at ${offset}, before the end ${end} of the one before: give them ascending and apart`,
      );
    }
    if (offset > FILE_BYTES_MAX - length) {
      throw new TesseraError('INVALID_ARGUMENT', `extent ${index} ends past the largest file, ${FILE_BYTES_MAX} bytes`);
    }
    if (index === 0) start = offset;
    end = offset + length;
  }
  return { start, end };
}
