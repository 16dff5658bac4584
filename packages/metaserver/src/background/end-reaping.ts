import type { Id } from '@tessera/protocol';
import type { TotalsDelta } from '../ops/namespace/totals-delta.js';
import { inodeKey, reapedKey } from '../records/keys.js';
import type { Transaction } from '../store/transaction.js';

/** Keys after which a step of the reaper ends its transaction, so that others get their turn. */
export const KEYS_PER_STEP_MARK = 400;
/** Keys that releasing a segment writes: itself, its stripe, what that owes, and two lists of stripes with dead slots. */
export const KEYS_PER_SEGMENT = 5;

/** Nothing is left of a detached inode but itself: it goes. */
export function endReaping(tx: Transaction, id: Id, totals: TotalsDelta): void {
  if (tx.get(reapedKey(id)) === undefined) return;
  tx.delete(reapedKey(id));
  tx.delete(inodeKey(id));
  totals.reaperPending -= 1;
}
