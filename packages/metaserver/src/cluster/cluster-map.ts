import { v1 } from '@tessera/protocol';
import type { PlacementGroupRecord } from '../records/placement-group.js';
import type { ClusterState, TrackedServer } from './cluster-state.js';

/** The map that readers and writers keep; `nowMs` is monotonic time. */
export function clusterMap(state: ClusterState, nowMs: number): v1.GetMapReply {
  return v1.GetMapReply.create({
    version: state.mapVersion(),
    clusterId: state.clusterId(),
    servers: serverInfos(state, nowMs),
    pgs: [...state.groups.groups].map(([pg, group]) => groupInfo(pg, group)),
  });
}

/** All servers by number. */
export function serverInfos(state: ClusterState, nowMs: number): v1.ServerInfo[] {
  return [...state.servers()].sort((a, b) => a.server - b.server).map((server) => serverInfo(server, nowMs));
}

function serverInfo(tracked: TrackedServer, nowMs: number): v1.ServerInfo {
  const { server, address, state, diskState, diskId, diskMessage, labels } = tracked;
  const { capacityBytes, usedBytes, freeBytes, shards } = tracked;
  return v1.ServerInfo.create({
    server,
    address,
    state,
    labels: labels.map((label) => ({ ...label })),
    diskState,
    capacityBytes,
    usedBytes,
    freeBytes,
    shards,
    lastHeartbeatMs: Math.max(0, Math.floor(nowMs - tracked.heardMs)),
    diskId,
    diskMessage,
  });
}

function groupInfo(pg: number, { epoch, failureDomain, shardsPerDomain, members }: PlacementGroupRecord) {
  return v1.PlacementGroup.create({
    pg,
    epoch,
    failureDomain,
    shardsPerDomain,
    members: members.map(({ server, filling }) => ({ server, filling })),
  });
}
