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
import type { Inode } from '../../records/inode.js';
import type { ReadTransaction, Transaction } from '../../store/transaction.js';
import { checkSatisfiable } from '../stripes/check-layout-satisfiable.js';
import { groupsForLayout } from '../stripes/groups-for-layout.js';
import { effectiveLayout } from './effective-layout.js';

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

/** Of a layout, what a file cannot set itself: it decides on how files of a directory get along. */
const DIRECTORY_FIELDS = ['mixing', 'failureDomain', 'shardsPerDomain', 'placementLabels', 'inlineBytes'] as const;

/** What a file is to set itself; undefined when it sets nothing. @throws TesseraError INVALID_ARGUMENT, INVALID_LAYOUT */
export function parseFileLayout(wire: v1.Layout.$Properties | null | undefined): v1.Layout.$Properties | undefined {
  const own = parseOwnLayout(wire);
  const field = DIRECTORY_FIELDS.find((each) => own?.[each] !== undefined);
  if (field === undefined) return own;
  throw new TesseraError('INVALID_ARGUMENT', `a file cannot set ${field} itself; set it in the layout of a directory`);
}

/** The layout of a file: its directory's, with what the file sets itself over it. */
export function fileLayout(tx: ReadTransaction, directory: Inode, own: v1.Layout.$Properties | undefined): Layout {
  return inheritLayout(effectiveLayout(tx, directory), own);
}
