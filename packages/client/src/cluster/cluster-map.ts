import { toSafeNumber, v1 } from '@tessera/protocol';
import { ownBytes } from '../own-bytes.js';

export interface Server {
  readonly server: number;
  readonly address: string;
  readonly state: v1.ServerState;
  readonly diskState: v1.DiskState;
  readonly labels: readonly { key: string; value: string }[];
  /** For messages: number, host where known, address. */
  readonly title: string;
  readonly info: v1.ServerInfo.$Properties;
}

export interface PlacementGroup {
  readonly pg: number;
  readonly epoch: number;
  readonly failureDomain: v1.DomainLevel;
  readonly shardsPerDomain: number;
  /** Index = position; 0 = none. */
  readonly members: readonly { readonly server: number; readonly filling: number }[];
}

/** One version of who is in the cluster and which servers hold which positions. Immutable. */
export interface ClusterMap {
  readonly version: number;
  readonly clusterId: Uint8Array;
  readonly servers: ReadonlyMap<number, Server>;
  readonly pgs: ReadonlyMap<number, PlacementGroup>;
}

export function clusterMapFrom(reply: v1.GetMapReply.$Properties): ClusterMap {
  const servers = new Map<number, Server>();
  for (const info of reply.servers ?? []) {
    const server = serverFrom(info);
    servers.set(server.server, server);
  }
  const pgs = new Map<number, PlacementGroup>();
  for (const group of reply.pgs ?? []) {
    pgs.set(group.pg ?? 0, {
      pg: group.pg ?? 0,
      epoch: group.epoch ?? 0,
      failureDomain: group.failureDomain ?? v1.DomainLevel.DOMAIN_LEVEL_UNSPECIFIED,
      shardsPerDomain: group.shardsPerDomain ?? 1,
      members: (group.members ?? []).map((member) => ({ server: member.server ?? 0, filling: member.filling ?? 0 })),
    });
  }
  return {
    version: toSafeNumber(reply.version),
    clusterId: ownBytes(reply.clusterId),
    servers,
    pgs,
  };
}

function serverFrom(info: v1.ServerInfo.$Properties): Server {
  const server = info.server ?? 0;
  const address = info.address ?? '';
  const labels = (info.labels ?? []).map((label) => ({ key: label.key ?? '', value: label.value ?? '' }));
  const host = labels.find((label) => label.key === 'host')?.value;
  return {
    server,
    address,
    state: info.state ?? v1.ServerState.SERVER_STATE_UNSPECIFIED,
    diskState: info.diskState ?? v1.DiskState.DISK_STATE_UNSPECIFIED,
    labels,
    title: `server ${server} (${host === undefined ? '' : `${host}, `}${address})`,
    info,
  };
}

export function serverTitle(map: ClusterMap, server: number): string {
  return map.servers.get(server)?.title ?? `server ${server} (not in the cluster map)`;
}

/** The servers that may hold a position: its member, and the one that is being filled beside it. */
export function holdersOf(map: ClusterMap, pg: number, position: number): number[] {
  const member = map.pgs.get(pg)?.members[position];
  if (member === undefined) return [];
  return [member.server, member.filling].filter((server) => server !== 0);
}
