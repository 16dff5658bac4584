/**
 * The field GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 (0x11D) and the generator 2. Its elements are bytes,
 * addition and subtraction are XOR.
 */

const fieldPolynomial = 0x11d;

/** The number of elements that are powers of the generator: all but zero. */
const groupOrder = 255;

const { powers, logarithms } = tabulate();

function tabulate(): { powers: Uint8Array; logarithms: Uint8Array } {
  // Powers twice over, so that the sum of two logarithms needs no reduction.
  const powers = new Uint8Array(2 * groupOrder);
  const logarithms = new Uint8Array(256);
  let power = 1;
  for (let exponent = 0; exponent < groupOrder; exponent++) {
    powers[exponent] = power;
    powers[exponent + groupOrder] = power;
    logarithms[power] = exponent;
    power <<= 1;
    if (power > 0xff) power ^= fieldPolynomial;
  }
  return { powers, logarithms };
}

export function multiply(left: number, right: number): number {
  if (left === 0 || right === 0) return 0;
  return powers[(logarithms[left] as number) + (logarithms[right] as number)] as number;
}

/** `divisor` is not zero. */
export function divide(dividend: number, divisor: number): number {
  if (dividend === 0) return 0;
  return powers[(logarithms[dividend] as number) + groupOrder - (logarithms[divisor] as number)] as number;
}
