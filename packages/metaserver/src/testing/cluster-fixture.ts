import { SimulatedRandom, SimulatedWorld } from '@tessera/env/simulated';
import {
  computeReceipt,
  DEFAULT_LAYOUT,
  decodeId,
  encodeId,
  type Id,
  type Layout,
  layoutToWire,
  makeId,
  parseRedundancy,
  v1,
} from '@tessera/protocol';
import { ClusterState } from '../cluster/cluster-state.js';
import type { Label } from '../cluster/cluster-view.js';
import { parseServerReport } from '../cluster/server-report.js';
import { type CommitRequest, commitExtents } from '../ops/stripes/commit-extents.js';
import { grantLease } from '../ops/stripes/grant-lease.js';
import { mixingKeyOf } from '../ops/stripes/mixing-key.js';
import { releaseSegments } from '../ops/stripes/release-segments.js';
import { addTotals } from '../ops/stripes/totals.js';
import { putCluster } from '../records/cluster.js';
import type { FileExtent } from '../records/extent.js';
import { readPlacementGroup } from '../records/placement-group.js';
import { putServer, type ServerRecord } from '../records/server.js';
import { MemoryStore } from './memory-store.js';

export const CLUSTER_ID = new Uint8Array(16).fill(7);

/** Whose files the fixture commits, unless told otherwise. */
const DIRECTORY: Id = makeId(1, 2_000_000);
const FILE: Id = makeId(1, 2_000_001);

/** A store, registered chunkservers and virtual time, with hands to write stripes as a client does. */
export class ClusterFixture {
  readonly store = new MemoryStore();
  readonly world = new SimulatedWorld({ seed: 1 });
  readonly process = this.world.host('metaserver').start('metaserver');
  readonly cluster: ClusterState;
  readonly session: Id = makeId(1, 1_000_000);

  constructor(servers: number, labels: (server: number) => Label[] = (server) => hostLabels(`host-${server}`)) {
    this.cluster = new ClusterState({
      clock: this.process.clock,
      random: new SimulatedRandom('fixture'),
      clusterId: CLUSTER_ID,
      era: this.store.era,
      leaseMs: 60_000,
      suspectMs: 3_000,
      downMs: 10_000,
    });
    this.store.run((tx) =>
      putCluster(tx, {
        clusterId: CLUSTER_ID,
        era: 1,
        nextServer: servers + 1,
        nextPg: 1,
        nextSet: 1,
        createdNs: 0n,
      }),
    );
    for (let server = 1; server <= servers; server++) this.addServer(server, labels(server));
  }

  /** Registers a chunkserver, up and healthy. */
  addServer(server: number, labels: readonly Label[]): void {
    const record: ServerRecord = {
      diskId: new Uint8Array(16).fill(server),
      address: addressOf(server),
      labels: [...labels, { key: 'disk', value: `disk-${server}` }],
      receiptKey: receiptKeyOf(server),
      capacityBytes: 1e12,
    };
    this.store.run((tx) => putServer(tx, server, record));
    this.cluster.register(server, record, parseServerReport({}));
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.world.scheduler.advanceTo(this.world.nowMs + ms);
  }

  /** Heartbeats of these servers, with this disk state. */
  beat(servers: readonly number[], diskState = v1.DiskState.DISK_STATE_HEALTHY): void {
    for (const server of servers) {
      this.cluster.hear(server, new Uint8Array(16).fill(server), parseServerReport({ diskState }));
    }
  }

  /** Makes servers silent until they count as down; all others go on reporting. */
  silence(...silent: number[]): void {
    const others = [...this.cluster.servers()].map(({ server }) => server).filter((server) => !silent.includes(server));
    for (let second = 0; second < 11; second++) {
      this.pass(1_000);
      this.beat(others);
      this.cluster.reviewStates();
    }
  }

  grant(layout: Layout, pgs = 1, stripesPerPg = 8, near: { anyOf?: number[]; wantedPgs?: number[] } = {}) {
    const result = this.store.run((tx) =>
      grantLease(tx, this.cluster, this.session, { layout: layoutToWire(layout), pgs, stripesPerPg, ...near }),
    );
    const ranges = result.ranges.map(({ pg, firstStripe, count }) => ({
      pg: pg ?? 0,
      firstStripe: decodeId(firstStripe),
      count: count ?? 0,
    }));
    return { lease: decodeId(result.lease), leaseMs: result.leaseMs, ranges };
  }

  /** Commits in a transaction of its own. */
  commit(request: Omit<CommitRequest, 'session' | 'mixing'> & Partial<CommitRequest>): FileExtent[] {
    return this.store.run((tx) => {
      const mixing = mixingKeyOf(request.layout, DIRECTORY, FILE);
      const change = { liveBytes: 0, deadBytes: 0, stripes: 0, repairsOwed: 0 };
      const extents = commitExtents(tx, this.cluster, { session: this.session, mixing, ...request }, change);
      addTotals(tx, change);
      return extents;
    });
  }

  /** Takes references away in a transaction of its own. */
  release(segments: readonly Id[]): void {
    this.store.run((tx) => {
      const change = { liveBytes: 0, deadBytes: 0, stripes: 0, repairsOwed: 0 };
      releaseSegments(tx, segments, change);
      addTotals(tx, change);
    });
  }

  /** The server at a position of a group. */
  member(pg: number, position: number): number {
    const group = this.store.run((tx) => readPlacementGroup(tx, pg));
    return group?.members[position]?.server ?? 0;
  }

  /** A stripe as a client presents it, every shard with its receipt: `lengths` are those of the data slots. */
  stripeWrite(layout: Layout, { pg, stripe, lease }: { pg: number; stripe: Id; lease: Id }, lengths: number[]) {
    const { data, parity } = layout.redundancy;
    const { durability } = layout;
    const longest = Math.max(...lengths);
    const slots = [...lengths, ...new Array<number>(parity).fill(longest)].map((length, slot) => {
      const server = this.member(pg, slot);
      const root = BigInt(length) * 1_000n + BigInt(slot);
      const claim = { pg, stripe, slot, position: slot, length, root, server, durability };
      return {
        position: slot,
        length,
        root: encodeId(root),
        server,
        receipt: computeReceipt(receiptKeyOf(server), claim),
        durability,
      };
    });
    return {
      pg,
      stripe: encodeId(stripe),
      lease: encodeId(lease),
      dataCount: lengths.length,
      parityCount: parity,
      slots,
      target: { data, parity },
    };
  }
}

export type PresentedWrite = ReturnType<ClusterFixture['stripeWrite']>;

export function layoutOf(redundancy: string, changes: Partial<Layout> = {}): Layout {
  return { ...DEFAULT_LAYOUT, redundancy: parseRedundancy(redundancy), ...changes };
}

export function hostLabels(host: string): Label[] {
  return [{ key: 'host', value: host }];
}

export function receiptKeyOf(server: number): Uint8Array {
  return new Uint8Array(32).fill(server);
}

function addressOf(server: number): string {
  return `10.0.0.${server}:7100`;
}
