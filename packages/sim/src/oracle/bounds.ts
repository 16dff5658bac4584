import { OracleViolation } from './violation.js';

/** Something in a daemon that grows with what is asked of it. */
export interface Measure {
  /** With its unit. */
  readonly what: string;
  readonly value: number;
  /** It is never more than this, … */
  readonly limit: number;
  /** … and no more than this once nobody asks for anything; undefined: what is kept is the daemon's own business. */
  readonly atRest?: number;
}

/** No queue and no memory grows past its bound. @throws OracleViolation */
export function checkBounds(daemon: string, measures: readonly Measure[]): void {
  for (const { what, value, limit } of measures) {
    if (value <= limit) continue;
    throw new OracleViolation(`${daemon} has ${value} ${what}; no more than ${limit} were to be`);
  }
}

/** What is left though nobody asks for anything any more. */
export function leftovers(daemon: string, measures: readonly Measure[]): string[] {
  return measures
    .filter(({ value, atRest }) => atRest !== undefined && value > atRest)
    .map(({ what, value, atRest }) => `${daemon} has ${value} ${what} instead of ${atRest}`);
}
