import { NO_TOTALS, TOTAL_NAMES, type Totals } from '../../records/totals.js';
import type { Transaction } from '../../store/transaction.js';
import { addTotals } from '../stripes/totals.js';

/** Changes of the totals that an operation gathers, to add them once. */
export type TotalsDelta = Totals;

export function noChange(): TotalsDelta {
  return { ...NO_TOTALS };
}

export function applyTotals(tx: Transaction, delta: TotalsDelta): void {
  if (TOTAL_NAMES.some((name) => delta[name] !== 0)) addTotals(tx, delta);
}
