import { type Id, v1 } from '@tessera/protocol';
import { stripeKey, TOTALS_KEY } from '../../records/keys.js';
import { readStripe } from '../../records/stripe.js';
import type { Transaction } from '../../store/transaction.js';
import { burySlots } from './bury-slots.js';
import { addTotals, type StripeTotals } from './totals.js';

/** Makes the slots that nobody named under a closing lease dead. At most four keys a stripe. */
export function buryPending(tx: Transaction, pg: number, lease: Id, stripes: readonly Id[]): void {
  tx.prefetch([TOTALS_KEY, ...stripes.map((stripe) => stripeKey(pg, stripe))]);
  const change: StripeTotals = { liveBytes: 0, deadBytes: 0, stripes: 0, repairsOwed: 0 };
  for (const stripe of stripes) {
    const record = readStripe(tx, pg, stripe);
    if (record?.lease !== lease) continue;
    const pending = record.slots.flatMap(({ state }, slot) =>
      state === v1.SlotState.SLOT_STATE_PENDING ? [slot] : [],
    );
    burySlots(tx, pg, stripe, record, pending, change);
  }
  addTotals(tx, change);
}
