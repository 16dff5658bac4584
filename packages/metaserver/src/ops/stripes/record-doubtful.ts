import { type Id, v1 } from '@tessera/protocol';
import type { DoubtfulShard } from '../../cluster/server-report.js';
import { pgKey, stripeKey, TOTALS_KEY } from '../../records/keys.js';
import { readPlacementGroup } from '../../records/placement-group.js';
import { insertRepair, putRepair, readRepair } from '../../records/repair.js';
import { putStripe, readStripe, type StripeRecord } from '../../records/stripe.js';
import type { Transaction } from '../../store/transaction.js';
import { addTotals } from './totals.js';

/**
 * Notes which shards of a chunkserver owe a repair. Shards of stripes without a record, dead ones and such that lie
 * elsewhere owe none. Two keys a shard.
 */
export function recordDoubtful(tx: Transaction, server: number, shards: readonly DoubtfulShard[]): void {
  tx.prefetch([TOTALS_KEY, ...shards.flatMap(({ pg, stripe }) => [pgKey(pg), stripeKey(pg, stripe)])]);
  let repairsOwed = 0;
  for (const { pg, stripe, slot } of shards) {
    const record = readStripe(tx, pg, stripe);
    if (record === undefined || !holds(tx, server, pg, record, slot)) continue;
    if (addRepair(tx, pg, stripe, record, slot)) repairsOwed++;
  }
  addTotals(tx, { repairsOwed });
}

function holds(tx: Transaction, server: number, pg: number, record: StripeRecord, index: number): boolean {
  const slot = record.slots[index];
  const expected = slot?.state === v1.SlotState.SLOT_STATE_LIVE || slot?.state === v1.SlotState.SLOT_STATE_PENDING;
  if (!expected) return false;
  const member = readPlacementGroup(tx, pg)?.members[slot.position];
  return member?.server === server || member?.filling === server;
}

/** Whether the stripe owed no repair before. */
function addRepair(tx: Transaction, pg: number, stripe: Id, record: StripeRecord, slot: number): boolean {
  if (record.repairOwed) {
    const slots = readRepair(tx, pg, stripe) ?? [];
    if (!slots.includes(slot))
      putRepair(
        tx,
        pg,
        stripe,
        [...slots, slot].sort((a, b) => a - b),
      );
    return false;
  }
  insertRepair(tx, pg, stripe, [slot]);
  putStripe(tx, pg, stripe, { ...record, repairOwed: true });
  return true;
}
