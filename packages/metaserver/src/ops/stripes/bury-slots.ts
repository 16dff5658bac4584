import { ID_NONE, type Id, v1 } from '@tessera/protocol';
import { repairKey } from '../../records/keys.js';
import { putRepair, readRepair } from '../../records/repair.js';
import { putStripe, type SlotRecord, type StripeRecord } from '../../records/stripe.js';
import type { Totals } from '../../records/totals.js';
import type { Transaction } from '../../store/transaction.js';

const { SLOT_STATE_PENDING, SLOT_STATE_LIVE, SLOT_STATE_DEAD, SLOT_STATE_MISSING } = v1.SlotState;

export type BurialTotals = Pick<Totals, 'liveBytes' | 'deadBytes' | 'stripes' | 'repairsOwed'>;

/**
 * Makes data slots of a stripe dead, which is final; with the last of them the parity dies too and no repair is owed any
 * more. Writes the stripe's record and adds to `change` what that means for the totals.
 */
export function burySlots(
  tx: Transaction,
  pg: number,
  stripe: Id,
  record: StripeRecord,
  slots: readonly number[],
  change: BurialTotals,
): void {
  for (const slot of slots) bury(record.slots[slot] as SlotRecord, change);
  const data = record.slots.slice(0, record.dataCount);
  if (data.every((slot) => slot.state === SLOT_STATE_DEAD)) {
    for (const slot of record.slots.slice(record.dataCount)) bury(slot, change);
    change.stripes -= 1;
  }
  if (!data.some((slot) => slot.state === SLOT_STATE_PENDING)) record.lease = ID_NONE;
  if (record.repairOwed) strikeRepairs(tx, pg, stripe, record, change);
  putStripe(tx, pg, stripe, record);
}

function bury(slot: SlotRecord, change: BurialTotals): void {
  if (slot.state === SLOT_STATE_DEAD) return;
  if (slot.state === SLOT_STATE_LIVE) change.liveBytes -= slot.length;
  if (slot.state !== SLOT_STATE_MISSING) change.deadBytes += slot.length;
  slot.state = SLOT_STATE_DEAD;
}

/** Dead slots need no repair. */
function strikeRepairs(tx: Transaction, pg: number, stripe: Id, record: StripeRecord, change: BurialTotals): void {
  const slots = readRepair(tx, pg, stripe) ?? [];
  const owed = slots.filter((slot) => record.slots[slot]?.state !== SLOT_STATE_DEAD);
  if (owed.length === slots.length && owed.length > 0) return;
  if (owed.length > 0) {
    putRepair(tx, pg, stripe, owed);
  } else {
    tx.delete(repairKey(pg, stripe));
    record.repairOwed = false;
    change.repairsOwed -= 1;
  }
}
