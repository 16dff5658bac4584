import { TesseraError } from '@tessera/protocol';
import { type Member, type Role, readClusterFile } from './cluster-file.js';
import { dataDirectory, identityWords, logFile } from './daemon.js';
import { type Endpoint, readEndpoint } from './endpoint.js';
import { isProcess } from './process-identity.js';

/**
 * `starting`: lives, not ready yet. `running`: lives and serves. `dead`: went away without being stopped.
 * `stopped`: stopped cleanly, or never started.
 */
export type ProcessState = 'starting' | 'running' | 'dead' | 'stopped';

/** A daemon of a local cluster, as it is now. */
export interface ProcessInfo {
  /** `metaserver` or `chunkserver-N`. */
  name: string;
  /** Which daemon it is. */
  role: Role;
  /** How it is now. */
  state: ProcessState;
  /** Of the living process, or of the one that died. */
  pid: number | null;
  /** host:port it serves, or served before it died. */
  address: string | null;
  /** host:port of /healthz. */
  health: string | null;
  /** host:port of /metrics. */
  metrics: string | null;
  /** Placement labels `key=value`. */
  labels: readonly string[];
  /** Its data directory. */
  directory: string;
  /** Its log file. */
  log: string;
}

/** A local cluster, as it is now. */
export interface ClusterInfo {
  /** Holds everything of the cluster. */
  directory: string;
  /** Of all processes together. */
  state: 'running' | 'partly running' | 'stopped';
  /** The metaserver first. */
  processes: ProcessInfo[];
}

/** The local cluster as its processes are now, the metaserver first. @throws TesseraError NOT_FOUND */
export async function inspectCluster(directory: string): Promise<ClusterInfo> {
  const file = await readClusterFile(directory);
  if (file === undefined) {
    throw new TesseraError('NOT_FOUND', `there is no local cluster in ${directory}; make one with 'tessera up'`);
  }
  const processes = await Promise.all(file.members.map((member) => inspectMember(directory, member)));
  const running = processes.filter(({ state }) => state === 'running').length;
  const living = processes.some(({ state }) => state === 'running' || state === 'starting');
  const state = running === processes.length ? 'running' : living ? 'partly running' : 'stopped';
  return { directory, state, processes };
}

export async function inspectMember(directory: string, member: Member): Promise<ProcessInfo> {
  const home = dataDirectory(directory, member);
  const endpoint = await readEndpoint(home);
  const words = identityWords(directory, member);
  const place = { name: member.name, role: member.role, labels: member.labels };
  const common = { ...place, directory: home, log: logFile(directory, member) };
  if (endpoint !== undefined && (await isProcess(endpoint.pid, words))) {
    return { ...common, state: 'running', ...placesOf(endpoint) };
  }
  if (await isProcess(member.pid, words)) {
    return { ...common, state: 'starting', pid: member.pid, address: null, health: null, metrics: null };
  }
  if (endpoint !== undefined) {
    return { ...common, state: 'dead', ...placesOf(endpoint) };
  }
  return { ...common, state: 'stopped', pid: null, address: null, health: null, metrics: null };
}

function placesOf({
  pid,
  address,
  health,
  metrics,
}: Endpoint): Pick<ProcessInfo, 'pid' | 'address' | 'health' | 'metrics'> {
  return { pid, address, health, metrics: metrics ?? null };
}
