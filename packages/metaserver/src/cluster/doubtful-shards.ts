import type { Id } from '@tessera/protocol';
import type { DoubtfulShard } from './server-report.js';

/** Shards remembered; the ones reported first go first. Commits come within a lease term of the write. */
const SHARDS_MAX = 100_000;

/**
 * Shards that a chunkserver no longer vouches for though it once signed a receipt. Repairs of committed stripes are
 * records; this memory stops a commit that presents such a receipt afterwards, and knows what need not be recorded
 * again: chunkservers repeat themselves with every heartbeat.
 */
export class DoubtfulShards {
  /** Whether the records know of it too, by name. */
  readonly #recorded = new Map<string, boolean>();

  get count(): number {
    return this.#recorded.size;
  }

  add(server: number, shard: DoubtfulShard): void {
    const name = nameOf(server, shard);
    if (this.#recorded.has(name)) return;
    this.#recorded.set(name, false);
    if (this.#recorded.size <= SHARDS_MAX) return;
    for (const oldest of this.#recorded.keys()) {
      this.#recorded.delete(oldest);
      break;
    }
  }

  has(server: number, pg: number, stripe: Id, slot: number): boolean {
    return this.#recorded.size > 0 && this.#recorded.has(nameOf(server, { pg, stripe, slot }));
  }

  /** Those of the shards that the records were not told of. */
  unrecorded(server: number, shards: readonly DoubtfulShard[]): DoubtfulShard[] {
    return shards.filter((shard) => this.#recorded.get(nameOf(server, shard)) !== true);
  }

  /** The records know of these shards, durably. */
  recorded(server: number, shards: readonly DoubtfulShard[]): void {
    for (const shard of shards) {
      const name = nameOf(server, shard);
      if (this.#recorded.has(name)) this.#recorded.set(name, true);
    }
  }
}

function nameOf(server: number, { pg, stripe, slot }: DoubtfulShard): string {
  return `${server}/${pg}/${stripe}/${slot}`;
}
