import { type InspectedRecord, inspectLogFile } from '@tessera/chunkserver/inspection';
import type { ExtentInfo, ShardPlace } from '@tessera/client';
import { DATA_DIRECTORY, type SimulatedCluster } from '../cluster/cluster.js';
import { OracleViolation } from '../oracle/violation.js';

interface Found {
  readonly host: string;
  readonly root: bigint;
  readonly payloadBytes: number;
}

const LOG_FILE = new RegExp(`^${DATA_DIRECTORY}/log/\\d+\\.log$`);

/** Every shard on every disk, read from the bytes there, whatever the daemons say. */
export class ShardCensus {
  readonly #found = new Map<string, Found[]>();

  /** @throws OracleViolation when two shards have the same id and are not the same */
  static async take(cluster: SimulatedCluster): Promise<ShardCensus> {
    const census = new ShardCensus();
    for (const { host } of cluster.daemons) {
      for (const path of host.disk.paths()) {
        if (!LOG_FILE.test(path)) continue;
        const content = host.disk.content(path) as Uint8Array;
        for (const record of await inspectLogFile(content, path)) census.add(host.name, record);
      }
    }
    return census;
  }

  /** Takes in a record of a host's log; only whole puts count. @throws OracleViolation */
  add(host: string, { pg, stripe, slot, kind, root, payloadBytes }: InspectedRecord): void {
    if (kind !== 'put') return;
    const key = keyOf(pg, stripe, slot);
    const others = this.#found.get(key) ?? [];
    const other = others.find((one) => one.root !== root);
    if (other) {
      throw new OracleViolation(`shard ${key} on ${host} differs from that on ${other.host}: an id was given twice`);
    }
    this.#found.set(key, [...others, { host, root, payloadBytes }]);
  }

  /** Shards on disks, each copy counted. */
  get count(): number {
    return [...this.#found.values()].reduce((sum, found) => sum + found.length, 0);
  }

  /**
   * Everything that the metadata calls live must be where it says, but for what lay on the rotten host: nothing else
   * destroys durable shards, so even one that parity could make up for was acknowledged too early or lost afterwards.
   * @throws OracleViolation
   */
  checkPresent(path: string, extents: readonly ExtentInfo[], rottenHost: string | undefined): void {
    for (const { pg, stripe, shard, companions, parity } of extents) {
      for (const place of [shard, ...companions, ...parity]) {
        if (place.state === 'live' && hostOf(place) !== rottenHost) this.#checkPlace(path, pg, stripe, place);
      }
    }
  }

  #checkPlace(path: string, pg: number, stripe: bigint, place: ShardPlace): void {
    const { slot, bytes, role } = place;
    const key = keyOf(pg, stripe, slot);
    const found = this.#found.get(key) ?? [];
    const host = hostOf(place);
    if (found.some((one) => one.host === host && one.payloadBytes === bytes)) return;
    throw new OracleViolation(
      `${path}: the ${role} shard ${key} of ${bytes} bytes is not on ${host}, though it was acknowledged; ` +
        `it is on ${found.map((one) => one.host).join(', ') || 'no disk'}`,
    );
  }
}

function hostOf({ address }: ShardPlace): string | undefined {
  return address.split(':')[0];
}

function keyOf(pg: number, stripe: bigint, slot: number): string {
  return `${pg}/${stripe.toString(16)}/${slot}`;
}
