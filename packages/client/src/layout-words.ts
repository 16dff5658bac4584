import { DEFAULT_LAYOUT, formatRedundancy, inheritLayout, parseRedundancy, TesseraError, v1 } from '@tessera/protocol';
import type { DirectoryLayout } from './layout-api.js';
import {
  domainLevelValue,
  domainLevelWord,
  durabilityValue,
  durabilityWord,
  mixingValue,
  mixingWord,
  serverOrderValue,
  serverOrderWord,
} from './vocabulary.js';

/** An effective layout in the words of the public types. */
export function directoryLayout(wire: v1.Layout.$Properties | null | undefined): DirectoryLayout {
  const layout = inheritLayout(DEFAULT_LAYOUT, wire);
  return {
    redundancy: formatRedundancy(layout.redundancy),
    segmentBytes: layout.segmentBytes,
    mixing: mixingWord(layout.mixing),
    durability: durabilityWord(layout.durability),
    failureDomain: domainLevelWord(layout.failureDomain),
    shardsPerDomain: layout.shardsPerDomain,
    placementLabels: layout.placementLabels,
    inlineBytes: layout.inlineBytes,
    distribution: layout.distribution,
    width: layout.width,
    serverOrder: serverOrderWord(layout.serverOrder),
    startServer: layout.startServer,
    servers: layout.servers,
  };
}

/** Only what the directory sets itself. */
export function ownLayout(wire: v1.Layout.$Properties | null | undefined): Partial<DirectoryLayout> {
  const all = directoryLayout(wire);
  const own: Partial<DirectoryLayout> = {};
  if (wire?.redundancy) own.redundancy = all.redundancy;
  if (isSet(wire?.segmentBytes)) own.segmentBytes = all.segmentBytes;
  if (wire?.mixing) own.mixing = all.mixing;
  if (wire?.durability) own.durability = all.durability;
  if (wire?.failureDomain) own.failureDomain = all.failureDomain;
  if (isSet(wire?.shardsPerDomain)) own.shardsPerDomain = all.shardsPerDomain;
  if (wire?.placementLabels?.length) own.placementLabels = all.placementLabels;
  if (isSet(wire?.inlineBytes)) own.inlineBytes = all.inlineBytes;
  if (isSet(wire?.distribution)) own.distribution = all.distribution;
  if (isSet(wire?.width)) own.width = all.width;
  if (wire?.serverOrder) own.serverOrder = all.serverOrder;
  if (isSet(wire?.startServer)) own.startServer = all.startServer;
  if (wire?.servers) own.servers = all.servers;
  return own;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** @throws TesseraError INVALID_LAYOUT */
export function layoutSettings(layout: Partial<DirectoryLayout>): v1.Layout {
  const wire = v1.Layout.create();
  if (layout.redundancy !== undefined) wire.redundancy = parseRedundancy(layout.redundancy);
  if (layout.mixing !== undefined) wire.mixing = mixingValue(layout.mixing);
  if (layout.durability !== undefined) wire.durability = durabilityValue(layout.durability);
  if (layout.failureDomain !== undefined) wire.failureDomain = domainLevelValue(layout.failureDomain);
  if (layout.segmentBytes !== undefined) wire.segmentBytes = layout.segmentBytes;
  if (layout.shardsPerDomain !== undefined) wire.shardsPerDomain = layout.shardsPerDomain;
  if (layout.inlineBytes !== undefined) wire.inlineBytes = layout.inlineBytes;
  if (layout.distribution !== undefined) wire.distribution = layout.distribution;
  if (layout.width !== undefined) wire.width = wholeNumber('width', layout.width);
  if (layout.serverOrder !== undefined) wire.serverOrder = serverOrderValue(layout.serverOrder);
  if (layout.startServer !== undefined) wire.startServer = wholeNumber('startServer', layout.startServer);
  if (layout.servers !== undefined) {
    wire.servers = { servers: layout.servers.map((server) => wholeNumber('servers', server)) };
  }
  wire.placementLabels = (layout.placementLabels ?? []).map(({ key, value }) => ({ key, value }));
  return wire;
}

/** What the wire would cut to 32 bits. */
function wholeNumber(field: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw new TesseraError('INVALID_LAYOUT', `${field} is ${value}; a whole number from 0 on is expected`);
}
