import type { PowerLoss } from '../cluster/cluster.js';
import type { ContentTag } from '../workload/content.js';

/** What a chunkserver was given and has not been asked to sync is synced all the same within this. */
const WRITTEN_SYNC_MS = 5_000;

interface Written {
  readonly fromMs: number;
  readonly toMs: number;
  readonly parity: number;
}

/**
 * Which contents are owed. What was put as `synced` always is: the faults here destroy no more of what is durable
 * than parity makes up for. What was put as `written` may be lost when more hosts than it has parity shards lost power
 * before it was synced.
 */
export class DurabilityLedger {
  readonly #powerLosses: readonly PowerLoss[];
  readonly #harmed: ReadonlySet<string>;
  readonly #written = new Map<number, Written>();

  /** `harmed` are hosts whose disks have lost shards whether synced or not. */
  constructor(powerLosses: readonly PowerLoss[], harmed: ReadonlySet<string>) {
    this.#powerLosses = powerLosses;
    this.#harmed = harmed;
  }

  /** The content was put as `written` in that time, with so many parity shards. */
  written({ id }: ContentTag, how: Written): void {
    this.#written.set(id, how);
  }

  isOwed({ id }: ContentTag): boolean {
    const written = this.#written.get(id);
    if (written === undefined) return true;
    const { fromMs, toMs, parity } = written;
    const hosts = new Set(this.#harmed);
    for (const { host, atMs } of this.#powerLosses) {
      if (atMs >= fromMs && atMs <= toMs + WRITTEN_SYNC_MS) hosts.add(host);
    }
    return hosts.size <= parity;
  }
}
