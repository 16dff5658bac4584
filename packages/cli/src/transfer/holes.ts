/** Runs of zeros shorter than this, or not at multiples of it, are stored as bytes. */
export const HOLE_BYTES = 64 * 1024;

const ZEROS = new Uint8Array(HOLE_BYTES);

/** The parts of a piece of a file that begins at `offset` in it, cut at multiples of HOLE_BYTES: of zeros, and others. */
export function* cutAtHoles(
  piece: Uint8Array,
  offset: number,
): Generator<{ offset: number; bytes: Uint8Array; isHole: boolean }> {
  let start = 0;
  let wasHole = false;
  for (let at = 0; at < piece.length; ) {
    const end = Math.min(piece.length, at + HOLE_BYTES - ((offset + at) % HOLE_BYTES));
    const isHole = Buffer.compare(piece.subarray(at, end), ZEROS.subarray(0, end - at)) === 0;
    if (isHole !== wasHole && at > start) {
      yield { offset: offset + start, bytes: piece.subarray(start, at), isHole: wasHole };
      start = at;
    }
    wasHole = isHole;
    at = end;
  }
  if (piece.length > start) yield { offset: offset + start, bytes: piece.subarray(start), isHole: wasHole };
}
