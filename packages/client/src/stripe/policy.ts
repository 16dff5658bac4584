import { type Layout, linesUp } from '@tessera/protocol';

/** What decides how stripes are made: files whose policies differ never share one. */
export interface StripePolicy {
  /** Equal for equal policies. */
  readonly key: string;
  readonly layout: Layout;
  /** Segments prefer certain servers, so each needs to say which part of its file it is. */
  readonly linesUp: boolean;
}

export function stripePolicy(layout: Layout): StripePolicy {
  const { redundancy, failureDomain, shardsPerDomain, placementLabels, durability } = layout;
  const labels = placementLabels.map(({ key, value }) => [key, value]);
  const decides = [redundancy.data, redundancy.parity, failureDomain, shardsPerDomain, labels, durability];
  if (!linesUp(layout)) return { key: JSON.stringify(decides), layout, linesUp: false };
  const { distribution, segmentBytes, width, serverOrder, startServer, servers } = layout;
  const lines = [distribution, segmentBytes, width, serverOrder, startServer, servers];
  return { key: JSON.stringify([...decides, lines]), layout, linesUp: true };
}
