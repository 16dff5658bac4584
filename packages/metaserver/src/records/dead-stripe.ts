import type { Id } from '@tessera/protocol';
import type { Transaction } from '../store/transaction.js';
import { deadStripeKey, halfDeadStripeKey } from './keys.js';
import { recordHeader, records } from './record.js';

/** Lists a stripe that died whole, at this time, for good. */
export function insertDeadStripe(tx: Transaction, deadNs: bigint, pg: number, stripe: Id): void {
  tx.insert(deadStripeKey(deadNs, pg, stripe), records.DeadStripe.encode({ header: recordHeader(tx) }).finish());
}

/** Lists a stripe of which some data slot is dead for the first time, and some is not. */
export function insertHalfDeadStripe(tx: Transaction, pg: number, stripe: Id): void {
  tx.insert(halfDeadStripeKey(pg, stripe), records.HalfDeadStripe.encode({ header: recordHeader(tx) }).finish());
}
