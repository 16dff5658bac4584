import { type Clock, type Log, sleep } from '@tessera/env';
import { EntryKind, type LocatedEntry } from '../log/entry.js';
import type { SealedFile } from '../log/open-log.js';
import { formatShard, type ShardKey } from '../log/shard-key.js';
import { COMPARE_ENTRIES, COMPARE_PAUSE_MS } from './limits.js';
import { isSameEntry, liveBytes, liveShards, type Merged, type ShardIndex } from './shard-index.js';

export interface Comparison {
  /** Rows that were missing, older or damaged. */
  repaired: number;
  /** Live shards and their bytes, among the entries compared. */
  shards: number;
  payloadBytes: number;
  /** Shards whose newest entry is a doubtful put. */
  doubtful: ShardKey[];
}

/**
 * Brings the index up to date with the footers of these files, which come in the order of their numbers. With a `clock`
 * it pauses between steps. @throws DiskError, KvError; the signal's reason once it aborts
 */
export async function compareIndex(
  index: ShardIndex,
  sealed: readonly SealedFile[],
  options: { log: Log; clock?: Clock; signal?: AbortSignal },
): Promise<Comparison> {
  const count = new Count();
  for (const { file, footer: load } of sealed) {
    const footer = await load();
    const repairedBefore = count.repaired;
    for (let start = 0; start < footer.count; start += COMPARE_ENTRIES) {
      const entries: LocatedEntry[] = [];
      for (let at = start; at < Math.min(footer.count, start + COMPARE_ENTRIES); at++) {
        entries.push({ ...footer.entry(at), file });
      }
      const merged = await index.merge(entries);
      entries.forEach((entry, at) => {
        count.add(entry, merged[at] as Merged);
      });
      if (options.clock) await sleep(options.clock, COMPARE_PAUSE_MS, options.signal);
    }
    const repaired = count.repaired - repairedBefore;
    if (repaired > 0)
      options.log.warn({ file, repaired }, 'the index lacked entries of a log file: taken from its footer');
  }
  const { repaired, shards, payloadBytes } = count;
  return { repaired, shards, payloadBytes, doubtful: [...count.doubtful.values()] };
}

class Count {
  repaired = 0;
  shards = 0;
  payloadBytes = 0;
  readonly doubtful = new Map<string, ShardKey>();

  add(entry: LocatedEntry, { before, isInForce }: Merged): void {
    if (!isInForce) return;
    if (!isSameEntry(entry, before)) {
      this.repaired++;
      // An earlier entry, which was counted when its turn came.
      if (before !== undefined && before !== 'damaged' && before.lsn < entry.lsn) this.#sum(before, -1);
    }
    this.#sum(entry, 1);
    if (entry.kind === EntryKind.DOUBTFUL) this.doubtful.set(formatShard(entry), entry);
    else this.doubtful.delete(formatShard(entry));
  }

  #sum(entry: LocatedEntry, sign: 1 | -1): void {
    this.shards += sign * liveShards(entry);
    this.payloadBytes += sign * liveBytes(entry);
  }
}
