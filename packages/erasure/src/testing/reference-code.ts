/**
 * The code of a stripe in the plainest form: matrices by their definition, a byte at a time, nothing shared with the code
 * under test.
 */

/** A product in GF(2^8) by shifting and adding. */
export function referenceMultiply(left: number, right: number): number {
  let product = 0;
  let shifted = left;
  for (let bit = 0; bit < 8; bit++) {
    if (right & (1 << bit)) product ^= shifted;
    shifted = shifted & 0x80 ? (shifted << 1) ^ 0x11d : shifted << 1;
  }
  return product;
}

/** V·V_top⁻¹ with V[r][c] = r^c and 0^0 = 1: row r gives shard r from `dataCount` data shards. */
export function referenceMatrix(dataCount: number, parityCount: number): number[][] {
  const vandermonde = Array.from({ length: dataCount + parityCount }, (_, row) => {
    const powers = [1];
    while (powers.length < dataCount) powers.push(referenceMultiply(powers[powers.length - 1] as number, row));
    return powers;
  });
  const topInverse = invert(vandermonde.slice(0, dataCount));
  return vandermonde.map((row) => times(row, topInverse));
}

/** The parity of data shards, shorter ones followed by zeros. */
export function referenceParity(data: readonly Uint8Array[], parityCount: number): Uint8Array[] {
  const length = Math.max(...data.map((shard) => shard.length));
  const rows = referenceMatrix(data.length, parityCount).slice(data.length);
  return rows.map((row) =>
    Uint8Array.from({ length }, (_, at) =>
      row.reduce((sum, coefficient, slot) => sum ^ referenceMultiply(coefficient, data[slot]?.[at] ?? 0), 0),
    ),
  );
}

function times(row: readonly number[], matrix: readonly (readonly number[])[]): number[] {
  return row.map((_, column) =>
    row.reduce((sum, factor, index) => sum ^ referenceMultiply(factor, matrix[index]?.[column] as number), 0),
  );
}

/** Gauss-Jordan elimination of [matrix | identity]. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length;
  const work = matrix.map((row, index) => [...row, ...row.map((_, column) => (column === index ? 1 : 0))]);
  for (let pivot = 0; pivot < size; pivot++) {
    const swap = work.findIndex((row, index) => index >= pivot && row[pivot] !== 0);
    if (swap < 0) throw new Error('the matrix is singular');
    [work[pivot], work[swap]] = [work[swap] as number[], work[pivot] as number[]];
    const scale = inverse(work[pivot]?.[pivot] as number);
    const pivotRow = (work[pivot] as number[]).map((value) => referenceMultiply(value, scale));
    work[pivot] = pivotRow;
    for (let row = 0; row < size; row++) {
      const factor = row === pivot ? 0 : (work[row]?.[pivot] as number);
      if (factor === 0) continue;
      work[row] = (work[row] as number[]).map(
        (value, column) => value ^ referenceMultiply(factor, pivotRow[column] as number),
      );
    }
  }
  return work.map((row) => row.slice(size));
}

function inverse(value: number): number {
  for (let candidate = 1; candidate < 256; candidate++) {
    if (referenceMultiply(value, candidate) === 1) return candidate;
  }
  throw new Error('zero has no inverse');
}
