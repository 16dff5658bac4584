import { toSafeNumber, type v1 } from '@tessera/protocol';
import type { ClusterMapInfo, ClusterStatus, ServerStatus } from './cluster/api.js';
import type { ClusterMap } from './cluster/cluster-map.js';
import { ownBytes } from './own-bytes.js';
import { diskStateWord, domainLevelWord, serverStateWord } from './vocabulary.js';

/** The cluster map and status in the words of the public types. */
export function clusterMapInfo(map: ClusterMap): ClusterMapInfo {
  return {
    version: map.version,
    clusterId: map.clusterId,
    servers: [...map.servers.values()].map(({ info }) => serverStatus(info)),
    pgs: [...map.pgs.values()].map((group) => ({
      pg: group.pg,
      epoch: group.epoch,
      failureDomain: domainLevelWord(group.failureDomain),
      shardsPerDomain: group.shardsPerDomain,
      members: group.members,
    })),
  };
}

export function clusterStatus(reply: v1.ClusterStatusReply.$Properties): ClusterStatus {
  return {
    clusterId: ownBytes(reply.clusterId),
    era: reply.era ?? 0,
    lsn: toSafeNumber(reply.lsn),
    checkpointLsn: toSafeNumber(reply.checkpointLsn),
    uptimeMs: toSafeNumber(reply.uptimeMs),
    servers: (reply.servers ?? []).map(serverStatus),
    pgs: reply.pgs ?? 0,
    pgsDegraded: reply.pgsDegraded ?? 0,
    files: toSafeNumber(reply.files),
    directories: toSafeNumber(reply.directories),
    logicalBytes: toSafeNumber(reply.logicalBytes),
    liveBytes: toSafeNumber(reply.liveBytes),
    deadBytes: toSafeNumber(reply.deadBytes),
    stripes: toSafeNumber(reply.stripes),
    repairsOwed: toSafeNumber(reply.repairsOwed),
    sessions: reply.sessions ?? 0,
    leases: reply.leases ?? 0,
    alarms: reply.alarms ?? [],
    reaperPending: toSafeNumber(reply.reaperPending),
  };
}

function serverStatus(info: v1.ServerInfo.$Properties): ServerStatus {
  return {
    server: info.server ?? 0,
    address: info.address ?? '',
    state: serverStateWord(info.state),
    labels: (info.labels ?? []).map(({ key, value }) => ({ key: key ?? '', value: value ?? '' })),
    diskState: diskStateWord(info.diskState),
    diskMessage: info.diskMessage ?? '',
    capacityBytes: toSafeNumber(info.capacityBytes),
    usedBytes: toSafeNumber(info.usedBytes),
    freeBytes: toSafeNumber(info.freeBytes),
    shards: toSafeNumber(info.shards),
    lastHeartbeatMs: toSafeNumber(info.lastHeartbeatMs),
    diskId: ownBytes(info.diskId),
  };
}
