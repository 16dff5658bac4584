import type { LocatedEntry } from '../log/entry.js';
import { formatShard, type ShardKey } from '../log/shard-key.js';
import { SLOW_READ_MS, SLOW_READS_MAX, WARM_BYTES_MAX, WARM_SHARDS_MAX } from './limits.js';

/** A read that was as fast as it should be makes up for this part of a slow one. */
const FAST_READ_WORTH = 1 / 16;

/**
 * Shards written or read lately: where they are, and that the system should still have their bytes in memory, so that
 * reading them at once costs less than handing them to a thread. It cannot be asked; slow reads tell that it does not,
 * and then all are forgotten.
 */
export class WarmShards {
  /** In order of last use. */
  readonly #entries = new Map<string, LocatedEntry>();
  readonly #bytesMax: number;
  #bytes = 0;
  #slowReads = 0;

  constructor(bytesMax: number = WARM_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get(key: ShardKey): LocatedEntry | undefined {
    const name = formatShard(key);
    const entry = this.#entries.get(name);
    if (entry !== undefined) {
      this.#entries.delete(name);
      this.#entries.set(name, entry);
    }
    return entry;
  }

  /** Whether this very record is here. */
  has(entry: LocatedEntry): boolean {
    return this.#entries.get(formatShard(entry)) === entry;
  }

  add(entry: LocatedEntry): void {
    this.forget(entry);
    this.#entries.set(formatShard(entry), entry);
    this.#bytes += entry.payloadBytes;
    for (const oldest of this.#entries.values()) {
      if (this.#bytes <= this.#bytesMax && this.#entries.size <= WARM_SHARDS_MAX) return;
      this.forget(oldest);
    }
  }

  forget(key: ShardKey): void {
    const name = formatShard(key);
    this.#bytes -= this.#entries.get(name)?.payloadBytes ?? 0;
    this.#entries.delete(name);
  }

  /** How long a read of one that is here took. */
  readTook(ms: number): void {
    this.#slowReads = ms > SLOW_READ_MS ? this.#slowReads + 1 : Math.max(0, this.#slowReads - FAST_READ_WORTH);
    if (this.#slowReads <= SLOW_READS_MAX) return;
    this.#slowReads = 0;
    this.#entries.clear();
    this.#bytes = 0;
  }
}
