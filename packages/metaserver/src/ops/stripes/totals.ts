import { putTotals, readTotals, TOTAL_NAMES, type Totals } from '../../records/totals.js';
import type { Transaction } from '../../store/transaction.js';

/** What happens to stripes changes these. */
export type StripeTotals = Pick<Totals, 'liveBytes' | 'deadBytes' | 'stripes' | 'repairsOwed'>;

/** Adds signed changes to the totals. */
export function addTotals(tx: Transaction, delta: Partial<Totals>): void {
  const totals = { ...readTotals(tx) };
  let changed = false;
  for (const name of TOTAL_NAMES) {
    const change = delta[name] ?? 0;
    if (change === 0) continue;
    totals[name] += change;
    if (totals[name] < 0) throw new Error(`bug: the total of ${name} would fall to ${totals[name]}`);
    changed = true;
  }
  if (changed) putTotals(tx, totals);
}
