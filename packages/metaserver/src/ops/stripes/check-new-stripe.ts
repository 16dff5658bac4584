import { formatRedundancy, type Layout, receiptHolds, TesseraError, v1 } from '@tessera/protocol';
import type { ClusterServer, ClusterView } from '../../cluster/cluster-view.js';
import { carriesLabels, domainOf, levelLabel } from '../../cluster/failure-domain.js';
import type { PlacementGroupRecord } from '../../records/placement-group.js';
import { type SlotWrite, type StripeWrite, stripeName } from './stripe-write.js';

const { DURABILITY_SYNCED, DURABILITY_WRITTEN } = v1.Durability;

/**
 * Whether a stripe that has no record yet may get one: its slots lie on distinct positions of the group and within the
 * layout's domains, and a chunkserver that holds or fills the position vouches for each shard. Data must be whole;
 * of m parity shards at least max(1, m−1) must be there.
 * @throws TesseraError COMMIT_REFUSED, RECEIPT_REFUSED
 */
export function checkNewStripe(
  cluster: ClusterView,
  layout: Layout,
  group: PlacementGroupRecord,
  write: StripeWrite,
): void {
  checkPositions(group, write);
  checkDurability(layout, write, durabilityOf(write));
  const perDomain = new Map<string, number>();
  let parity = 0;
  write.slots.forEach((slot, index) => {
    if (slot.receipt.length === 0) {
      if (index < write.dataCount) refuseReceipt(write, index, 'a data shard needs a receipt');
      return;
    }
    if (index >= write.dataCount) parity++;
    checkPlace(layout, write, index, checkReceipt(cluster, group, write, index, slot), perDomain);
  });
  const parityMin = write.parityCount === 0 ? 0 : Math.max(1, write.parityCount - 1);
  if (parity < parityMin) {
    refuse(
      write,
      `${parity} of ${write.parityCount} parity shards have receipts; a degraded commit needs at least ${parityMin}`,
    );
  }
}

/** Whether a stripe's code is what the layout asks for: a shorter stripe may have less data, never less parity. */
export function checkCode(layout: Layout, write: StripeWrite): void {
  const { redundancy } = layout;
  const { target, dataCount, parityCount } = write;
  if (target.data !== redundancy.data || target.parity !== redundancy.parity) {
    refuse(
      write,
      `it was made for ${formatRedundancy(target)}, the file's layout says ${formatRedundancy(redundancy)}; read the layout again`,
    );
  }
  if (dataCount > target.data || parityCount !== target.parity) {
    refuse(
      write,
      `${dataCount} data and ${parityCount} parity slots; ${formatRedundancy(target)} allows 1..${target.data} and exactly ${target.parity}`,
    );
  }
}

/** What a stripe's shards are owed: the least that a receipt vouches for. */
export function durabilityOf({ slots }: StripeWrite): v1.Durability {
  const isWritten = ({ receipt, durability }: SlotWrite) => receipt.length > 0 && durability === DURABILITY_WRITTEN;
  return slots.some(isWritten) ? DURABILITY_WRITTEN : DURABILITY_SYNCED;
}

/** Whether the stripe's shards are as durable as the layout asks for, whatever the layout was when they were written. */
export function checkDurability(layout: Layout, write: StripeWrite, durability: v1.Durability): void {
  if (layout.durability !== DURABILITY_SYNCED || durability === DURABILITY_SYNCED) return;
  refuse(write, "it was written without a sync, the file's layout says synced; read the layout again");
}

function checkPositions(group: PlacementGroupRecord, write: StripeWrite): void {
  const seen = new Set<number>();
  for (const { position } of write.slots) {
    if (position >= group.members.length) {
      refuse(write, `position ${position} does not exist; the placement group has ${group.members.length}`);
    }
    if (seen.has(position)) refuse(write, `position ${position} holds two of its slots`);
    seen.add(position);
  }
}

function checkReceipt(
  cluster: ClusterView,
  group: PlacementGroupRecord,
  write: StripeWrite,
  index: number,
  { position, length, root, server, receipt, durability }: SlotWrite,
): ClusterServer {
  const { pg, stripe } = write;
  const holder = cluster.server(server);
  if (holder === undefined) return refuseReceipt(write, index, `there is no server ${server}`);
  const member = group.members[position];
  if (member?.server !== server && member?.filling !== server) {
    refuseReceipt(write, index, `server ${server} neither holds nor fills position ${position}`);
  }
  const claim = { pg, stripe, slot: index, position, length, root, server, durability };
  if (!receiptHolds(holder.receiptKey, claim, receipt)) {
    refuseReceipt(write, index, `it is not what server ${server} signs for this shard`);
  }
  if (cluster.isDoubtful(server, pg, stripe, index)) {
    refuseReceipt(write, index, `server ${server} stopped uncleanly since and is no longer sure of the shard`);
  }
  return holder;
}

function checkPlace(
  layout: Layout,
  write: StripeWrite,
  index: number,
  { server, labels }: ClusterServer,
  perDomain: Map<string, number>,
): void {
  if (!carriesLabels(labels, layout.placementLabels)) {
    refuse(write, `slot ${index} lies on server ${server}, which does not carry the layout's placement labels`);
  }
  const level = levelLabel(layout.failureDomain);
  const domain = domainOf(labels, layout.failureDomain);
  if (domain === undefined) {
    refuse(write, `slot ${index} lies on server ${server}, which has no label '${level}'`);
  }
  const count = (perDomain.get(domain) ?? 0) + 1;
  perDomain.set(domain, count);
  if (count > layout.shardsPerDomain) {
    refuse(write, `${level} '${domain}' holds ${count} of its shards; the layout allows ${layout.shardsPerDomain}`);
  }
}

function refuse(write: StripeWrite, message: string): never {
  throw new TesseraError('COMMIT_REFUSED', `stripe ${stripeName(write.pg, write.stripe)}: ${message}`);
}

function refuseReceipt(write: StripeWrite, slot: number, message: string): never {
  throw new TesseraError(
    'RECEIPT_REFUSED',
    `receipt of slot ${slot} of stripe ${stripeName(write.pg, write.stripe)}: ${message}`,
  );
}
