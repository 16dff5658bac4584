import type { Protection } from './api.js';
import type { PlacedExtent } from './commit.js';

const ORDER: readonly Protection[] = ['full', 'narrowed', 'degraded'];

/** The weakest protection of any stripe that the extents lie in. */
export function weakestProtection(extents: readonly PlacedExtent[], soFar: Protection = 'full'): Protection {
  let weakest = ORDER.indexOf(soFar);
  for (const { placed } of extents) weakest = Math.max(weakest, ORDER.indexOf(placed.stripe.protection));
  return ORDER[weakest] as Protection;
}
