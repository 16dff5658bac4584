import { type InspectedRecord, inspectLogFile } from '@tessera/chunkserver/inspection';
import type { ExtentInfo, ShardPlace } from '@tessera/client';
import { blockChecksums, shardRoot } from '@tessera/protocol';
import { DATA_DIRECTORY, type SimulatedCluster } from '../cluster/cluster.js';
import { OracleViolation } from '../oracle/violation.js';

interface Found {
  readonly host: string;
  readonly root: bigint;
  readonly payloadBytes: number;
  /** The payload has the checksums that the record's header gives. */
  readonly isWhole: boolean;
}

/** What else is to be known of a cluster to judge what lies on its disks. */
export interface CensusContext {
  /** Hosts whose disks have lost shards, durable or not. */
  harmed: ReadonlySet<string>;
  /** Whether the metaserver has heard that a chunkserver does not vouch for a shard. */
  isDoubted(server: number, pg: number, stripe: bigint, slot: number): boolean;
}

const LOG_FILE = new RegExp(`^${DATA_DIRECTORY}/log/\\d+\\.log$`);

/** Every shard on every disk, read from the bytes there, whatever the daemons say. */
export class ShardCensus {
  readonly #found = new Map<string, Found[]>();
  /** Torn shards of live stripes that were checked. */
  torn = 0;

  /** @throws OracleViolation when two shards have the same id and are not the same */
  static async take(cluster: SimulatedCluster): Promise<ShardCensus> {
    const census = new ShardCensus();
    for (const { host } of cluster.daemons) {
      for (const path of host.disk.paths()) {
        if (!LOG_FILE.test(path)) continue;
        const content = host.disk.content(path) as Uint8Array;
        for (const record of await inspectLogFile(content, path)) census.add(host.name, record, content);
      }
    }
    return census;
  }

  /** Takes in a record of a host's log file with this content. @throws OracleViolation */
  add(host: string, record: InspectedRecord, content: Uint8Array): void {
    if (record.kind === 'tombstone') return;
    const { pg, stripe, slot, root, payloadOffset, payloadBytes } = record;
    // Not what the scan says: chunkservers scan with the same code.
    const payload = content.subarray(payloadOffset, payloadOffset + payloadBytes);
    const isWhole = payload.length === payloadBytes && shardRoot(payloadBytes, blockChecksums(payload)) === root;
    const key = keyOf(pg, stripe, slot);
    const others = this.#found.get(key) ?? [];
    const other = others.find((one) => one.root !== root);
    if (other) {
      throw new OracleViolation(`shard ${key} on ${host} differs from that on ${other.host}: an id was given twice`);
    }
    this.#found.set(key, [...others, { host, root, payloadBytes, isWhole }]);
  }

  /** Whole shards on disks, each copy counted. */
  get count(): number {
    return [...this.#found.values()].flat().filter(({ isWhole }) => isWhole).length;
  }

  /**
   * Everything that the metadata calls live must be where it says, but for what lay on a harmed host: nothing else
   * destroys durable shards, so even one that parity could make up for was acknowledged too early or lost afterwards.
   * @throws OracleViolation
   */
  checkPresent(path: string, extents: readonly ExtentInfo[], { harmed }: CensusContext): void {
    for (const { pg, stripe, place } of livePlaces(extents, harmed)) {
      const found = this.#found.get(keyOf(pg, stripe, place.slot)) ?? [];
      const host = hostOf(place);
      if (found.some((one) => one.host === host && one.isWhole && one.payloadBytes === place.bytes)) continue;
      throw new OracleViolation(
        `${path}: ${nameOf(pg, stripe, place)} is not on ${host}, though it was acknowledged; ` +
          `it is on ${found.map((one) => `${one.host}${one.isWhole ? '' : ' (torn)'}`).join(', ') || 'no disk'}`,
      );
    }
  }

  /** No stripe has less parity than a commit must bring. @throws OracleViolation */
  checkProtected(path: string, extents: readonly ExtentInfo[]): void {
    for (const { pg, stripe, parity } of extents) {
      const least = parity.length === 0 ? 0 : Math.max(1, parity.length - 1);
      const live = parity.filter(({ state }) => state === 'live').length;
      if (live >= least) continue;
      throw new OracleViolation(
        `${path}: stripe ${pg}/${stripe.toString(16)} has ${live} of ${parity.length} parity shards; a commit needs ${least}`,
      );
    }
  }

  /**
   * What was acknowledged before it was durable may be torn; then the chunkserver has noticed when it looked at its disk,
   * and the metaserver knows. @throws OracleViolation
   */
  checkTornIsKnown(path: string, extents: readonly ExtentInfo[], { harmed, isDoubted }: CensusContext): void {
    for (const { pg, stripe, place } of livePlaces(extents, harmed)) {
      const host = hostOf(place);
      const here = (this.#found.get(keyOf(pg, stripe, place.slot)) ?? []).filter((one) => one.host === host);
      if (here.length === 0 || here.some((one) => one.isWhole)) continue;
      this.torn++;
      if (isDoubted(place.server, pg, stripe, place.slot)) continue;
      throw new OracleViolation(`${path}: ${nameOf(pg, stripe, place)} is torn on ${host}, and nobody knows`);
    }
  }
}

/** Where live shards of stripes should lie, each with its stripe. */
function livePlaces(extents: readonly ExtentInfo[], harmed: ReadonlySet<string>) {
  return extents.flatMap(({ pg, stripe, shard, companions, parity }) =>
    [shard, ...companions, ...parity]
      .filter((place) => place.state === 'live' && !harmed.has(hostOf(place) ?? ''))
      .map((place) => ({ pg, stripe, place })),
  );
}

function nameOf(pg: number, stripe: bigint, { slot, bytes, role }: ShardPlace): string {
  return `the ${role} shard ${keyOf(pg, stripe, slot)} of ${bytes} bytes`;
}

function hostOf({ address }: ShardPlace): string | undefined {
  return address.split(':')[0];
}

function keyOf(pg: number, stripe: bigint, slot: number): string {
  return `${pg}/${stripe.toString(16)}/${slot}`;
}
