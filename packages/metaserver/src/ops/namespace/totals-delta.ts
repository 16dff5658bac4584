import { TOTAL_NAMES, type Totals } from '../../records/totals.js';
import type { Transaction } from '../../store/transaction.js';
import { addTotals } from '../stripes/totals.js';

/** Changes of the totals that an operation gathers, to add them once. */
export type TotalsDelta = Totals;

export function noChange(): TotalsDelta {
  return {
    files: 0,
    directories: 0,
    logicalBytes: 0,
    liveBytes: 0,
    deadBytes: 0,
    stripes: 0,
    repairsOwed: 0,
    reaperPending: 0,
  };
}

export function applyTotals(tx: Transaction, delta: TotalsDelta): void {
  if (TOTAL_NAMES.some((name) => delta[name] !== 0)) addTotals(tx, delta);
}
