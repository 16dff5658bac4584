import { type Clock, type Log, sleep } from '@tessera/env';
import { EntryKind, type LocatedEntry } from '../log/entry.js';
import type { SealedFile } from '../log/open-log.js';
import { formatShard, type ShardKey } from '../log/shard-key.js';
import { COMPARE_ENTRIES, COMPARE_PAUSE_MS } from './limits.js';
import { type Lookup, liveBytes, liveShards, type ShardIndex } from './shard-index.js';

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
 * Compares the index with the footers of these files, the newest first, and repairs its rows. With a `clock` it pauses
 * between steps. @throws DiskError, KvError; the signal's reason once it aborts
 */
export async function compareIndex(
  index: ShardIndex,
  sealed: readonly SealedFile[],
  options: { log: Log; clock?: Clock; signal?: AbortSignal },
): Promise<Comparison> {
  const result: Comparison = { repaired: 0, shards: 0, payloadBytes: 0, doubtful: [] };
  for (const { file, footer: load } of sealed.toReversed()) {
    const footer = await load();
    const repairedBefore = result.repaired;
    for (let end = footer.count; end > 0; end -= COMPARE_ENTRIES) {
      const entries: LocatedEntry[] = [];
      for (let at = end - 1; at >= Math.max(0, end - COMPARE_ENTRIES); at--)
        entries.push({ ...footer.entry(at), file });
      count(result, entries, await index.merge(entries));
      if (options.clock) await sleep(options.clock, COMPARE_PAUSE_MS, options.signal);
    }
    const repaired = result.repaired - repairedBefore;
    if (repaired > 0)
      options.log.warn({ file, repaired }, 'the index lacked entries of a log file: taken from its footer');
  }
  return result;
}

/** Entries come newest first, so the first of a shard is the one that holds, unless its row is newer still. */
function count(result: Comparison, entries: readonly LocatedEntry[], rowsBefore: readonly Lookup[]): void {
  const seen = new Set<string>();
  entries.forEach((entry, at) => {
    const before = rowsBefore[at];
    const shard = formatShard(entry);
    if (seen.has(shard) || (before !== undefined && before !== 'damaged' && before.lsn > entry.lsn)) return;
    seen.add(shard);
    const matched =
      before !== undefined && before !== 'damaged' && before.lsn === entry.lsn && before.kind === entry.kind;
    if (!matched) result.repaired++;
    result.shards += liveShards(entry);
    result.payloadBytes += liveBytes(entry);
    if (entry.kind === EntryKind.DOUBTFUL) result.doubtful.push(entry);
  });
}
