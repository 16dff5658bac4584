import type { Id } from '@tessera/protocol';
import type { DoubtfulShard } from './server-report.js';

/** Shards remembered; the ones reported first go first. Commits come within a lease term of the write. */
const SHARDS_MAX = 100_000;

/**
 * Shards that a chunkserver no longer vouches for though it once signed a receipt. Repairs of committed stripes are
 * records; this memory stops a commit that presents such a receipt afterwards.
 */
export class DoubtfulShards {
  readonly #names = new Set<string>();

  add(server: number, { pg, stripe, slot }: DoubtfulShard): void {
    this.#names.add(nameOf(server, pg, stripe, slot));
    if (this.#names.size <= SHARDS_MAX) return;
    for (const oldest of this.#names) {
      this.#names.delete(oldest);
      break;
    }
  }

  has(server: number, pg: number, stripe: Id, slot: number): boolean {
    return this.#names.size > 0 && this.#names.has(nameOf(server, pg, stripe, slot));
  }
}

function nameOf(server: number, pg: number, stripe: Id, slot: number): string {
  return `${server}/${pg}/${stripe}/${slot}`;
}
