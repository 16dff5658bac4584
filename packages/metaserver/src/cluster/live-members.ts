import { v1 } from '@tessera/protocol';
import type { PlacementGroupRecord } from '../records/placement-group.js';
import type { ClusterServer, ClusterView } from './cluster-view.js';

/** How many members of a group can take writes. */
export interface LiveMembers {
  /** Heard of lately, with room. */
  up: number;
  /** Those and the ones that missed heartbeats but are not given up. */
  hoped: number;
}

export function liveMembers(cluster: ClusterView, { members }: PlacementGroupRecord): LiveMembers {
  const live = { up: 0, hoped: 0 };
  for (const { server: number } of members) {
    const server = cluster.server(number);
    if (server === undefined || !takesWrites(server)) continue;
    live.hoped++;
    if (server.state === v1.ServerState.SERVER_STATE_UP) live.up++;
  }
  return live;
}

export function takesWrites({ state, diskState }: ClusterServer): boolean {
  return state !== v1.ServerState.SERVER_STATE_DOWN && diskState === v1.DiskState.DISK_STATE_HEALTHY;
}
