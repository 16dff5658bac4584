import type { Layout } from '@tessera/protocol';

/** What decides how stripes are made: files whose policies differ never share one. */
export interface StripePolicy {
  /** Equal for equal policies. */
  readonly key: string;
  readonly layout: Layout;
}

export function stripePolicy(layout: Layout): StripePolicy {
  const { redundancy, failureDomain, shardsPerDomain, placementLabels, durability } = layout;
  const labels = placementLabels.map(({ key, value }) => [key, value]);
  return {
    key: JSON.stringify([redundancy.data, redundancy.parity, failureDomain, shardsPerDomain, labels, durability]),
    layout,
  };
}
