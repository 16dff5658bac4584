import { multiply } from './galois.js';
import { lagrangeCoefficients } from './lagrange.js';

/** One pass of the kernel over the held strips, yielding the next one or two of the wanted rows. */
export interface KernelPass {
  readonly operation: 'combineOneRow' | 'combineTwoRows' | 'combinePairs';
  readonly rows: 1 | 2;
  /** As kernel/combine.wat lays them out for the operation. */
  readonly coefficients: Uint8Array;
}

/** The passes that compute the wanted slots, in order, from the held ones, in order. */
export function kernelProgram(held: readonly number[], wanted: readonly number[]): KernelPass[] {
  const passes: KernelPass[] = [];
  const heldInPairs = arePairs(held);
  for (let row = 0; row < wanted.length; row += 2) {
    const [first, second] = wanted.slice(row, row + 2) as [number, number?];
    if (second === undefined) passes.push(oneRow(held, first));
    else if (heldInPairs && isPair(first, second)) passes.push(pairs(held, first));
    else passes.push(twoRows(held, first, second));
  }
  return passes;
}

function oneRow(held: readonly number[], wanted: number): KernelPass {
  return { operation: 'combineOneRow', rows: 1, coefficients: Uint8Array.from(lagrangeCoefficients(held, wanted)) };
}

function twoRows(held: readonly number[], first: number, second: number): KernelPass {
  const coefficients = new Uint8Array(2 * held.length);
  for (const [row, wanted] of [first, second].entries()) {
    for (const [column, coefficient] of lagrangeCoefficients(held, wanted).entries()) {
      coefficients[2 * column + row] = coefficient;
    }
  }
  return { operation: 'combineTwoRows', rows: 2, coefficients };
}

/** kernel/combine.wat derives this. */
function pairs(held: readonly number[], wanted: number): KernelPass {
  const origin = held[0] as number;
  const slots = held.filter((_, index) => index % 2 === 0).map((slot) => slot ^ origin);
  const at = wanted ^ origin;
  const interpolation = lagrangeCoefficients(slots.map(pairPoint), pairPoint(at));
  const coefficients = [at];
  for (const [pair, slot] of slots.entries()) {
    if (pair > 0) coefficients.push(slot, interpolation[pair] as number);
  }
  return { operation: 'combinePairs', rows: 2, coefficients: Uint8Array.from(coefficients) };
}

/** W(x) = x^2 + x: the same for both slots of a pair, different from pair to pair. */
function pairPoint(slot: number): number {
  return multiply(slot, slot) ^ slot;
}

function isPair(first: number, second: number | undefined): boolean {
  return first % 2 === 0 && second === first + 1;
}

function arePairs(slots: readonly number[]): boolean {
  return slots.every((slot, index) => index % 2 === 1 || isPair(slot, slots[index + 1]));
}
