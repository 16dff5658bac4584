import type { Clock, Random } from '@tessera/env';
import { type Id, TesseraError, v1 } from '@tessera/protocol';
import type { ServerRecord } from '../records/server.js';
import type { ClusterServer, ClusterView } from './cluster-view.js';
import { DoubtfulShards } from './doubtful-shards.js';
import { GroupMap } from './group-map.js';
import { LeaseDeadlines } from './lease-deadlines.js';
import type { ServerReport } from './server-report.js';
import { stateAfterSilence } from './server-state.js';

export interface ClusterStateOptions {
  clock: Clock;
  random: Random;
  clusterId: Uint8Array;
  era: number;
  leaseMs: number;
  suspectMs: number;
  downMs: number;
}

/** A registered chunkserver with what is known of it now. */
export interface TrackedServer extends ClusterServer {
  readonly diskId: Uint8Array;
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly shards: number;
  readonly diskMessage: string;
  /** Monotonic time of the last sign of life, or of this process's start. */
  readonly heardMs: number;
}

export interface StateChange {
  server: TrackedServer;
  from: v1.ServerState;
}

/** Map versions of one era; the next era's are all greater. */
const MAP_VERSIONS_PER_ERA = 2 ** 28;

/** The cluster as this process sees it: servers and their states in memory, placement groups as read from the store. */
export class ClusterState implements ClusterView {
  readonly random: Random;
  readonly leases: LeaseDeadlines;
  readonly groups = new GroupMap();
  readonly doubtful = new DoubtfulShards();
  readonly #options: ClusterStateOptions;
  readonly #servers = new Map<number, TrackedServer>();
  readonly #serverOfDisk = new Map<string, number>();
  #mapVersion: number;
  #reviewedMs: number;

  constructor(options: ClusterStateOptions) {
    this.#options = options;
    this.random = options.random;
    this.leases = new LeaseDeadlines(options.clock, options.leaseMs);
    this.#mapVersion = options.era * MAP_VERSIONS_PER_ERA;
    this.#reviewedMs = options.clock.monotonicMs();
  }

  /** Grows with every change of the map, over restarts too. */
  mapVersion(): number {
    return this.#mapVersion;
  }

  clusterId(): Uint8Array {
    return this.#options.clusterId;
  }

  servers(): Iterable<TrackedServer> {
    return this.#servers.values();
  }

  server(server: number): TrackedServer | undefined {
    return this.#servers.get(server);
  }

  serverOfDisk(diskId: Uint8Array): number | undefined {
    return this.#serverOfDisk.get(diskName(diskId));
  }

  isDoubtful(server: number, pg: number, stripe: Id, slot: number): boolean {
    return this.doubtful.has(server, pg, stripe, slot);
  }

  /** A server from the records of an earlier process: suspect until it is heard of. */
  load(server: number, record: ServerRecord): void {
    this.#serverOfDisk.set(diskName(record.diskId), server);
    this.#replace({
      server,
      ...record,
      usedBytes: 0,
      freeBytes: 0,
      shards: 0,
      state: v1.ServerState.SERVER_STATE_SUSPECT,
      diskState: v1.DiskState.DISK_STATE_HEALTHY,
      diskMessage: '',
      heardMs: this.#options.clock.monotonicMs(),
    });
  }

  /** A server has registered, durably. */
  register(server: number, record: ServerRecord, report: ServerReport): void {
    this.#serverOfDisk.set(diskName(record.diskId), server);
    this.#replace(this.#heard({ server, ...record }, report));
  }

  /** A sign of life. @throws TesseraError NOT_FOUND when no such disk is registered under this number */
  hear(server: number, diskId: Uint8Array, report: ServerReport): StateChange | undefined {
    const known = this.#servers.get(server);
    if (known === undefined || Buffer.compare(known.diskId, diskId) !== 0) {
      throw new TesseraError('NOT_FOUND', `server ${server} is not registered with this disk: register again`);
    }
    const { address, labels, receiptKey } = known;
    const next = this.#heard({ server, diskId: known.diskId, address, labels, receiptKey }, report);
    this.#replace(next);
    return next.state === known.state ? undefined : { server: next, from: known.state };
  }

  #heard(
    identity: Pick<TrackedServer, 'server' | 'diskId' | 'address' | 'labels' | 'receiptKey'>,
    { capacityBytes, usedBytes, freeBytes, shards, diskState, diskMessage, doubtful }: ServerReport,
  ): TrackedServer {
    for (const shard of doubtful) this.doubtful.add(identity.server, shard);
    return {
      ...identity,
      capacityBytes,
      usedBytes,
      freeBytes,
      shards,
      diskState,
      diskMessage,
      state: v1.ServerState.SERVER_STATE_UP,
      heardMs: this.#options.clock.monotonicMs(),
    };
  }

  /**
   * Moves servers that are silent too long on to suspect and down. A pause of this process itself is not held against
   * them: what they sent meanwhile is still to be read.
   */
  reviewStates(): StateChange[] {
    const nowMs = this.#options.clock.monotonicMs();
    const pauseMs = nowMs - this.#reviewedMs;
    const excusedMs = pauseMs >= this.#options.suspectMs ? pauseMs : 0;
    this.#reviewedMs = nowMs;
    const changes: StateChange[] = [];
    for (const server of [...this.#servers.values()]) {
      const heardMs = Math.min(nowMs, server.heardMs + excusedMs);
      const state = Math.max(server.state, stateAfterSilence(nowMs - heardMs, this.#options));
      if (state === server.state && heardMs === server.heardMs) continue;
      const next = { ...server, heardMs, state };
      this.#replace(next);
      if (state !== server.state) changes.push({ server: next, from: server.state });
    }
    return changes;
  }

  groupsChanged(): void {
    this.groups.changed();
    this.#mapVersion++;
  }

  #replace(server: TrackedServer): void {
    const known = this.#servers.get(server.server);
    this.#servers.set(server.server, server);
    if (known === undefined || mapDiffers(known, server)) this.#mapVersion++;
  }
}

/** Whether readers and writers must know of the change. Figures of space are not worth a new map. */
function mapDiffers(a: TrackedServer, b: TrackedServer): boolean {
  return (
    a.state !== b.state ||
    a.diskState !== b.diskState ||
    a.address !== b.address ||
    a.labels.length !== b.labels.length ||
    a.labels.some(({ key, value }, index) => key !== b.labels[index]?.key || value !== b.labels[index]?.value)
  );
}

function diskName(diskId: Uint8Array): string {
  return Buffer.from(diskId).toString('hex');
}
