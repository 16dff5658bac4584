import { v1 } from '@tessera/protocol';
import type { ClusterMap } from '../cluster/cluster-map.js';

/** Servers 1…n, all up, each on a host of its own and at position n − 1 of every group. */
export function testMap(servers: number, pgs: readonly number[]): ClusterMap {
  const numbers = Array.from({ length: servers }, (_, index) => index + 1);
  const members = numbers.map((server) => ({ server, filling: 0 }));
  const failureDomain = v1.DomainLevel.DOMAIN_LEVEL_HOST;
  return {
    version: 1,
    clusterId: new Uint8Array(16),
    servers: new Map(
      numbers.map((server) => [
        server,
        {
          server,
          address: `10.0.0.${server}:1`,
          state: v1.ServerState.SERVER_STATE_UP,
          diskState: v1.DiskState.DISK_STATE_HEALTHY,
          labels: [{ key: 'host', value: `host-${server}` }],
          title: `server ${server} (host-${server}, 10.0.0.${server}:1)`,
          info: {},
        },
      ]),
    ),
    pgs: new Map(pgs.map((pg) => [pg, { pg, epoch: 1, failureDomain, shardsPerDomain: 1, members }])),
  };
}
