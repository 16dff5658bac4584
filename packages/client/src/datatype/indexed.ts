import { checkCount, checkDisplacement, exact, refuse } from './arguments.js';
import { type Bounds, joinBounds, repeatBounds, shiftBounds } from './bounds.js';
import { checkDatatype, Datatype } from './datatype.js';
import { repeat, runs, type Shape, sequence } from './shape.js';

/**
 * Blocks of different lengths at different places, in the order given: block i is `blockLengths[i]` copies of `type`
 * side by side, at `displacements[i]` extents of `type`. @throws TesseraError INVALID_ARGUMENT
 */
export function indexed(blockLengths: ArrayLike<number>, displacements: ArrayLike<number>, type: Datatype): Datatype {
  const what = 'indexed';
  checkDatatype(what, 'type', type);
  checkSameLength(what, blockLengths, displacements);
  return placed(what, (index) => blockLengths[index] as number, displacements, type.extent, type);
}

/** As `indexed`, with the displacements in bytes. @throws TesseraError INVALID_ARGUMENT */
export function hindexed(
  blockLengths: ArrayLike<number>,
  displacementsBytes: ArrayLike<number>,
  type: Datatype,
): Datatype {
  const what = 'hindexed';
  checkDatatype(what, 'type', type);
  checkSameLength(what, blockLengths, displacementsBytes);
  return placed(what, (index) => blockLengths[index] as number, displacementsBytes, 1, type);
}

/** As `indexed`, with all blocks of one length. @throws TesseraError INVALID_ARGUMENT */
export function indexedBlock(blockLength: number, displacements: ArrayLike<number>, type: Datatype): Datatype {
  checkDatatype('indexedBlock', 'type', type);
  return placed('indexedBlock', () => blockLength, displacements, type.extent, type);
}

/** As `hindexed`, with all blocks of one length. @throws TesseraError INVALID_ARGUMENT */
export function hindexedBlock(blockLength: number, displacementsBytes: ArrayLike<number>, type: Datatype): Datatype {
  checkDatatype('hindexedBlock', 'type', type);
  return placed('hindexedBlock', () => blockLength, displacementsBytes, 1, type);
}

function checkSameLength(what: string, lengths: ArrayLike<number>, displacements: ArrayLike<number>): void {
  if (lengths.length !== displacements.length) {
    refuse(what, `${lengths.length} block lengths but ${displacements.length} displacements; give one of each a block`);
  }
}

function placed(
  what: string,
  lengthOf: (index: number) => number,
  displacements: ArrayLike<number>,
  unit: number,
  type: Datatype,
): Datatype {
  const lengths = new Float64Array(displacements.length);
  const offsets = new Float64Array(displacements.length);
  let bounds: Bounds | undefined;
  for (let index = 0; index < displacements.length; index++) {
    const length = lengthOf(index);
    const displacement = displacements[index] as number;
    checkCount(what, `the length of block ${index}`, length);
    checkDisplacement(what, `the displacement of block ${index}`, displacement);
    lengths[index] = length;
    offsets[index] = exact(what, displacement * unit);
    const block = repeatBounds(what, type.bounds, length, type.extent);
    bounds = joinBounds(bounds, shiftBounds(what, block, offsets[index] as number));
  }
  return new Datatype(what, blocks(what, lengths, offsets, type), bounds);
}

/** Lists may be long: blocks that are one run each, as most are, never become objects. */
function blocks(what: string, lengths: Float64Array, offsets: Float64Array, type: Datatype): Shape | undefined {
  const { shape, extent } = type;
  if (shape === undefined) return undefined;
  if (shape.kind === 'run' && (shape.size === extent || lengths.every((length) => length <= 1))) {
    return runs(
      what,
      offsets.map((offset) => exact(what, offset + shape.offset)),
      lengths.map((length) => exact(what, length * shape.size)),
    );
  }
  const ofLength = new Map<number, Shape>();
  const shapes: Shape[] = [];
  const places: number[] = [];
  for (const [index, length] of lengths.entries()) {
    const block = ofLength.get(length) ?? repeat(what, shape, length, extent);
    if (block === undefined) continue;
    ofLength.set(length, block);
    shapes.push(block);
    places.push(offsets[index] as number);
  }
  return sequence(what, places, shapes);
}
