import type { Totals } from '../../records/totals.js';
import type { Transaction } from '../../store/transaction.js';
import { addTotals } from '../stripes/totals.js';

/** Changes of the totals that an operation gathers, to add them once. */
export type TotalsDelta = Pick<Totals, 'files' | 'directories' | 'logicalBytes' | 'reaperPending'>;

export function noChange(): TotalsDelta {
  return { files: 0, directories: 0, logicalBytes: 0, reaperPending: 0 };
}

export function applyTotals(tx: Transaction, { files, directories, logicalBytes, reaperPending }: TotalsDelta): void {
  if (files === 0 && directories === 0 && logicalBytes === 0 && reaperPending === 0) return;
  addTotals(tx, { files, directories, logicalBytes, reaperPending });
}
