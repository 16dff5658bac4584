import { v1 } from '../generated/v1.js';
import { TesseraError } from './errors.js';
import {
  BLOCK_BYTES,
  INLINE_BYTES_MAX,
  LABEL_CHARACTERS_MAX,
  LABELS_MAX,
  SEGMENT_BYTES_DEFAULT,
  SEGMENT_BYTES_MAX,
  SEGMENT_BYTES_MIN,
  STRIPE_BYTES_MAX,
} from './limits.js';
import { checkRedundancy, formatRedundancy, type Redundancy } from './redundancy.js';
import { checkServerChoice, type ServerChoice } from './server-choice.js';

/** An effective layout: every field decided. */
export interface Layout extends ServerChoice {
  redundancy: Redundancy;
  segmentBytes: number;
  mixing: v1.Mixing;
  durability: v1.Durability;
  failureDomain: v1.DomainLevel;
  shardsPerDomain: number;
  placementLabels: readonly { key: string; value: string }[];
  inlineBytes: number;
}

/** What the root directory inherits. */
export const DEFAULT_LAYOUT: Layout = {
  redundancy: { data: 4, parity: 2 },
  segmentBytes: SEGMENT_BYTES_DEFAULT,
  mixing: v1.Mixing.MIXING_DIRECTORY,
  durability: v1.Durability.DURABILITY_SYNCED,
  failureDomain: v1.DomainLevel.DOMAIN_LEVEL_HOST,
  shardsPerDomain: 1,
  placementLabels: [],
  inlineBytes: INLINE_BYTES_MAX,
  distribution: 'simple_stripe',
  width: 0,
  serverOrder: v1.ServerOrder.SERVER_ORDER_ANY,
  startServer: 0,
  servers: [],
};

/** The parent's effective layout with a directory's own fields over it. */
export function inheritLayout(parent: Layout, own: v1.Layout.$Properties | null | undefined): Layout {
  if (own === null || own === undefined) return parent;
  return {
    redundancy: own.redundancy
      ? { data: own.redundancy.data ?? 0, parity: own.redundancy.parity ?? 0 }
      : parent.redundancy,
    segmentBytes: own.segmentBytes ?? parent.segmentBytes,
    mixing: own.mixing || parent.mixing,
    durability: own.durability || parent.durability,
    failureDomain: own.failureDomain || parent.failureDomain,
    shardsPerDomain: own.shardsPerDomain ?? parent.shardsPerDomain,
    placementLabels: own.placementLabels?.length
      ? own.placementLabels.map((label) => ({ key: label.key ?? '', value: label.value ?? '' }))
      : parent.placementLabels,
    inlineBytes: own.inlineBytes ?? parent.inlineBytes,
    distribution: own.distribution ?? parent.distribution,
    width: own.width ?? parent.width,
    serverOrder: own.serverOrder || parent.serverOrder,
    startServer: own.startServer ?? parent.startServer,
    servers: own.servers ? (own.servers.servers ?? []) : parent.servers,
  };
}

/** Checks an effective layout by itself, without asking what the cluster has. @throws TesseraError INVALID_LAYOUT */
export function checkLayout(layout: Layout): void {
  checkRedundancy(layout.redundancy);
  const { segmentBytes, shardsPerDomain, placementLabels, inlineBytes } = layout;
  const { data, parity } = layout.redundancy;
  if (segmentBytes < SEGMENT_BYTES_MIN || segmentBytes > SEGMENT_BYTES_MAX || segmentBytes % BLOCK_BYTES !== 0) {
    refuse(
      `segmentBytes is ${segmentBytes}; it must be ${SEGMENT_BYTES_MIN}..${SEGMENT_BYTES_MAX} and a multiple of ${BLOCK_BYTES}`,
    );
  }
  if (data * segmentBytes > STRIPE_BYTES_MAX) {
    refuse(
      `${formatRedundancy(layout.redundancy)} with segments of ${segmentBytes} bytes makes stripes of ${data * segmentBytes} bytes; at most ${STRIPE_BYTES_MAX} are allowed`,
    );
  }
  if (shardsPerDomain < 1 || shardsPerDomain > Math.max(1, parity)) {
    refuse(`shardsPerDomain is ${shardsPerDomain}; with ${parity} parity shards it must be 1..${Math.max(1, parity)}`);
  }
  if (inlineBytes > INLINE_BYTES_MAX) refuse(`inlineBytes is ${inlineBytes}; at most ${INLINE_BYTES_MAX} are allowed`);
  if (v1.Mixing[layout.mixing] === undefined) refuse(`mixing ${layout.mixing} is unknown`);
  if (v1.Durability[layout.durability] === undefined) refuse(`durability ${layout.durability} is unknown`);
  if (v1.DomainLevel[layout.failureDomain] === undefined) refuse(`failure domain ${layout.failureDomain} is unknown`);
  checkLabels(placementLabels);
  checkServerChoice(layout);
}

/** @throws TesseraError INVALID_LAYOUT */
export function checkLabels(labels: readonly { key: string; value: string }[]): void {
  if (labels.length > LABELS_MAX) refuse(`${labels.length} labels; at most ${LABELS_MAX} are allowed`);
  for (const { key, value } of labels) {
    if (key.length < 1 || key.length > LABEL_CHARACTERS_MAX || value.length > LABEL_CHARACTERS_MAX) {
      refuse(`label '${key}=${value}': keys have 1..${LABEL_CHARACTERS_MAX} characters, values up to as many`);
    }
  }
}

/** The wire form of an effective layout. */
export function layoutToWire(layout: Layout): v1.Layout {
  const { placementLabels, servers } = layout;
  return v1.Layout.create({
    ...layout,
    placementLabels: placementLabels.map((label) => ({ ...label })),
    servers: { servers: [...servers] },
  });
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_LAYOUT', message);
}
