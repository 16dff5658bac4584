import type { Clock } from '@tessera/env';
import { type Id, readUint64 } from '@tessera/protocol';
import type { LeaseDeadlines } from '../cluster/lease-deadlines.js';
import { buryPending } from '../ops/stripes/bury-pending.js';
import { allLeases, markClosing } from '../ops/stripes/close-lease.js';
import { leaseKey, stripeKey } from '../records/keys.js';
import type { LeaseRecord, StripeRange } from '../records/lease.js';
import { decodeStripe } from '../records/stripe.js';
import type { MetadataStore } from '../store/transaction.js';
import { type Loop, startLoop } from './loop.js';

/** Stripes looked at in one step, and made dead in one transaction. */
const STRIPES_PER_STEP = 500;

/** Sweeps in one lease term: a lease that ran out closes within this part of its term. */
const SWEEPS_PER_TERM = 8;

interface SweeperContext {
  store: MetadataStore;
  clock: Clock;
  leases: LeaseDeadlines;
  onError(error: unknown): void;
}

/** Closes leases whose term is over and finishes those being closed. */
export function startLeaseSweeper(context: SweeperContext): Loop {
  const { clock, leases, onError } = context;
  return startLoop(clock, leases.leaseMs / SWEEPS_PER_TERM, () => sweepLeases(context), onError);
}

/** One walk over all leases. */
export async function sweepLeases({ store, leases }: Omit<SweeperContext, 'clock' | 'onError'>): Promise<void> {
  const existing = new Set<Id>();
  for await (const { lease, record } of allLeases(store)) {
    existing.add(lease);
    const closing =
      record.closing ||
      (leases.expired(lease, record.session) && (await closeExpired(store, leases, lease, record.session)));
    if (closing) {
      await finishClosing(store, lease, record);
      leases.forget(lease);
      existing.delete(lease);
    }
  }
  leases.retain(existing);
}

/** A renewal may have come since: transactions run one after the other, so asking again inside decides. */
async function closeExpired(store: MetadataStore, leases: LeaseDeadlines, lease: Id, session: Id): Promise<boolean> {
  return store.transact((tx) => {
    const expired = leases.expired(lease, session);
    if (expired) markClosing(tx, lease);
    return expired;
  });
}

/** Makes what is pending under a closing lease dead, step by step, then removes the lease. */
async function finishClosing(store: MetadataStore, lease: Id, { ranges }: LeaseRecord): Promise<void> {
  for (const range of ranges) {
    for await (const stripes of pendingStripes(store, lease, range)) {
      await store.transact((tx) => buryPending(tx, range.pg, lease, stripes));
    }
  }
  await store.transact((tx) => tx.delete(leaseKey(lease)));
}

async function* pendingStripes(store: MetadataStore, lease: Id, { pg, firstStripe, count }: StripeRange) {
  const to = stripeKey(pg, firstStripe + BigInt(count));
  let from = stripeKey(pg, firstStripe);
  for (;;) {
    const entries = await store.scan({ from, to }, STRIPES_PER_STEP);
    const pending = entries.filter(({ value }) => decodeStripe(value).lease === lease);
    if (pending.length > 0) yield pending.map(({ key }) => readUint64(key, 5));
    const last = entries.at(-1);
    if (last === undefined || entries.length < STRIPES_PER_STEP) return;
    from = Uint8Array.of(...last.key, 0);
  }
}
