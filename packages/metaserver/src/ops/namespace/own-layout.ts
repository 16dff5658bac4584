import {
  checkLayout,
  formatDistribution,
  inheritLayout,
  type Layout,
  linesUp,
  parseDistribution,
  TesseraError,
  type v1,
} from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { Transaction } from '../../store/transaction.js';
import { checkSatisfiable } from '../stripes/check-layout-satisfiable.js';
import { groupsForLayout } from '../stripes/groups-for-layout.js';

/**
 * What a directory is to set itself, with nothing but the fields this version knows; undefined when it sets nothing.
 * @throws TesseraError INVALID_LAYOUT
 */
export function parseOwnLayout(wire: v1.Layout.$Properties | null | undefined): v1.Layout.$Properties | undefined {
  if (wire === null || wire === undefined) return undefined;
  const own: v1.Layout.$Properties = {};
  if (wire.redundancy) own.redundancy = { data: wire.redundancy.data ?? 0, parity: wire.redundancy.parity ?? 0 };
  if (isSet(wire.segmentBytes)) own.segmentBytes = wire.segmentBytes;
  if (wire.mixing) own.mixing = wire.mixing;
  if (wire.durability) own.durability = wire.durability;
  if (wire.failureDomain) own.failureDomain = wire.failureDomain;
  if (isSet(wire.shardsPerDomain)) own.shardsPerDomain = wire.shardsPerDomain;
  if (wire.placementLabels?.length) {
    own.placementLabels = wire.placementLabels.map((label) => ({ key: label.key ?? '', value: label.value ?? '' }));
  }
  if (isSet(wire.inlineBytes)) own.inlineBytes = wire.inlineBytes;
  // In the one form that says it.
  if (isSet(wire.distribution)) own.distribution = formatDistribution(parseDistribution(wire.distribution));
  if (isSet(wire.width)) own.width = wire.width;
  if (wire.serverOrder) own.serverOrder = wire.serverOrder;
  if (isSet(wire.startServer)) own.startServer = wire.startServer;
  if (wire.servers) own.servers = { servers: [...(wire.servers.servers ?? [])] };
  return Object.keys(own).length === 0 ? undefined : own;
}

/** The layout that results, when it is sound and the cluster can hold it. @throws TesseraError INVALID_LAYOUT, LAYOUT_UNSATISFIABLE */
export function checkOwnLayout(
  tx: Transaction,
  cluster: ClusterView,
  parent: Layout,
  own: v1.Layout.$Properties | undefined,
): Layout {
  const effective = inheritLayout(parent, own);
  checkLayout(effective);
  checkSatisfiable(cluster, effective);
  if (linesUp(effective)) groupsForLayout(tx, cluster, effective);
  return effective;
}

/** What `layout` replaces is said by its presence. @throws TesseraError INVALID_ARGUMENT */
export function requireLayout(wire: v1.Layout.$Properties | null | undefined): v1.Layout.$Properties {
  if (wire === null || wire === undefined) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      'layout is missing; an empty one makes the directory inherit everything',
    );
  }
  return wire;
}

function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
