import { divide, multiply } from './galois.js';

/**
 * The code V·V_top⁻¹ with V[r][c] = r^c says: let f be the polynomial of degree < j whose value at c is the byte of data
 * shard c; then the byte of shard r is f(r). So any j shards determine f, and each wanted shard is a linear combination
 * of them, whose coefficients are the Lagrange basis polynomials of the held slots at the wanted slot. Encoding is the
 * case where the data shards are held; how many parity shards the stripe has does not matter.
 */

/** f(at) = sum of lagrangeCoefficients(points, at)[n] * f(points[n]), for f of degree < points.length. */
export function lagrangeCoefficients(points: readonly number[], at: number): number[] {
  return points.map((own) => {
    let numerator = 1;
    let denominator = 1;
    for (const point of points) {
      if (point === own) continue;
      numerator = multiply(numerator, at ^ point);
      denominator = multiply(denominator, own ^ point);
    }
    return divide(numerator, denominator);
  });
}
