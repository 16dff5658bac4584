import { ID_NONE, type Id, v1 } from '@tessera/protocol';
import { insertDeadStripe, insertHalfDeadStripe } from '../../records/dead-stripe.js';
import { halfDeadStripeKey, repairKey } from '../../records/keys.js';
import { putRepair, readRepair } from '../../records/repair.js';
import { putStripe, type SlotRecord, type StripeRecord } from '../../records/stripe.js';
import type { Transaction } from '../../store/transaction.js';
import type { StripeTotals } from './totals.js';

const { SLOT_STATE_PENDING, SLOT_STATE_LIVE, SLOT_STATE_DEAD, SLOT_STATE_MISSING } = v1.SlotState;

/**
 * Makes data slots of a stripe dead, which is final; with the last of them the parity dies too and no repair is owed any
 * more. Writes the stripe's record, lists it among the dead or half dead ones and adds to `change` what that means for
 * the totals.
 */
export function burySlots(
  tx: Transaction,
  pg: number,
  stripe: Id,
  record: StripeRecord,
  slots: readonly number[],
  change: StripeTotals,
): void {
  if (slots.length === 0) return;
  const data = record.slots.slice(0, record.dataCount);
  const wasHalfDead = data.some(isDead);
  for (const slot of slots) bury(record.slots[slot] as SlotRecord, tx.nowNs, change);
  if (data.every(isDead)) {
    for (const slot of record.slots.slice(record.dataCount)) bury(slot, tx.nowNs, change);
    if (wasHalfDead) tx.delete(halfDeadStripeKey(pg, stripe));
    insertDeadStripe(tx, tx.nowNs, pg, stripe);
    change.stripes -= 1;
  } else if (!wasHalfDead) {
    insertHalfDeadStripe(tx, pg, stripe);
  }
  if (!data.some((slot) => slot.state === SLOT_STATE_PENDING)) record.lease = ID_NONE;
  if (record.repairOwed) strikeRepairs(tx, pg, stripe, record, change);
  putStripe(tx, pg, stripe, record);
}

function isDead({ state }: SlotRecord): boolean {
  return state === SLOT_STATE_DEAD;
}

function bury(slot: SlotRecord, deadNs: bigint, change: StripeTotals): void {
  if (isDead(slot)) return;
  if (slot.state === SLOT_STATE_LIVE) change.liveBytes -= slot.length;
  if (slot.state !== SLOT_STATE_MISSING) change.deadBytes += slot.length;
  slot.state = SLOT_STATE_DEAD;
  slot.deadNs = deadNs;
}

/** Dead slots need no repair. */
function strikeRepairs(tx: Transaction, pg: number, stripe: Id, record: StripeRecord, change: StripeTotals): void {
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
