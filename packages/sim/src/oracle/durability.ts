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
 * Which contents are owed. What was put as `synced` always is: no fault here destroys what is durable. What was put as
 * `written` may be lost while more hosts than it has parity shards lost power before it was synced.
 */
export class DurabilityLedger {
  readonly #powerLosses: readonly PowerLoss[];
  readonly #written = new Map<number, Written>();

  constructor(powerLosses: readonly PowerLoss[]) {
    this.#powerLosses = powerLosses;
  }

  /** The content was put as `written` in that time, with so many parity shards. */
  written({ id }: ContentTag, how: Written): void {
    this.#written.set(id, how);
  }

  isOwed({ id }: ContentTag): boolean {
    const written = this.#written.get(id);
    if (written === undefined) return true;
    const { fromMs, toMs, parity } = written;
    const hosts = new Set<string>();
    for (const { host, atMs } of this.#powerLosses) {
      if (atMs >= fromMs && atMs <= toMs + WRITTEN_SYNC_MS) hosts.add(host);
    }
    return hosts.size <= parity;
  }
}
