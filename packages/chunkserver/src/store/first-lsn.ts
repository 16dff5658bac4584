import type { Totals } from '../index/row.js';
import { LSN_GAP } from '../log/limits.js';

/**
 * From where this process numbers its records: where the log goes on, and beyond everything that the index has rows of,
 * should the log have lost its end.
 */
export function firstLsn(logNextLsn: number, totals: Totals | undefined): number {
  return totals === undefined || totals.lsn < logNextLsn ? logNextLsn : totals.lsn + LSN_GAP;
}
