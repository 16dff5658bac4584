import type { Log } from '@tessera/env';
import { v1 } from '@tessera/protocol';
import type { StateChange } from './cluster-state.js';

/** `up`, `suspect` or `down`. */
export function stateName(state: v1.ServerState): string {
  return (v1.ServerState[state] ?? 'unspecified').replace('SERVER_STATE_', '').toLowerCase();
}

export function logStateChange(log: Log, { server, from }: StateChange): void {
  const fields = { server: server.server, address: server.address, from: stateName(from), to: stateName(server.state) };
  if (server.state === v1.ServerState.SERVER_STATE_UP) log.info(fields, 'chunkserver is back');
  else log.warn(fields, 'chunkserver misses heartbeats');
}
