import {
  checkDistribution,
  DISTRIBUTION_SERVERS_MAX,
  type DistributionSpec,
  stripServers,
  TesseraError,
} from '@tessera/protocol';
import { basic } from './basic.js';
import type { Distribution } from './distribution.js';

import { striped } from './striped.js';
import { varstrip } from './varstrip.js';

/** What a distribution is laid over. */
export interface DistributionBase {
  /** Servers that a file may spread over, from 1 on. */
  readonly servers: number;
  /** Of the layout: strips are as long where the distribution does not say. */
  readonly segmentBytes: number;
}

/**
 * A distribution over so many servers.
 * @throws TesseraError INVALID_LAYOUT when its parameters cannot be, LAYOUT_UNSATISFIABLE when it needs more servers
 */
export function distribute(spec: DistributionSpec, { servers, segmentBytes }: DistributionBase): Distribution {
  checkDistribution(spec);
  if (!Number.isSafeInteger(segmentBytes) || segmentBytes < 1) {
    throw new TesseraError('INVALID_ARGUMENT', `distribution: segmentBytes is ${segmentBytes}; at least 1 is expected`);
  }
  if (!Number.isInteger(servers) || servers < 1 || servers > DISTRIBUTION_SERVERS_MAX) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      `distribution: servers is ${servers}; 1..${DISTRIBUTION_SERVERS_MAX} are allowed`,
    );
  }
  switch (spec.name) {
    case 'basic':
      return basic(spec);
    case 'simple_stripe':
      return striped(spec, { servers, groups: 1, factor: 1, stripBytes: spec.stripBytes ?? segmentBytes });
    case 'twod_stripe':
      if (spec.groups > servers) unsatisfiable(`${spec.groups} groups`, 'num_groups', servers);
      return striped(spec, {
        servers,
        groups: spec.groups,
        factor: spec.factor,
        stripBytes: spec.stripBytes ?? segmentBytes,
      });
    case 'varstrip':
      if (stripServers(spec.strips) > servers) unsatisfiable(`${stripServers(spec.strips)} servers`, 'strips', servers);
      return varstrip(spec, spec.strips);
  }
}

function unsatisfiable(needed: string, parameter: string, servers: number): never {
  throw new TesseraError(
    'LAYOUT_UNSATISFIABLE',
    `distribution: ${parameter} needs ${needed}, but a file may spread over ${servers} servers; change ${parameter} or width`,
  );
}
