import type { Clock, Disk, Log, Random } from '@tessera/env';
import { type KvEngine, KvError } from '@tessera/kv';
import type { BufferPool } from '@tessera/protocol';
import type { IdentityFile } from '../disk/identity-file.js';
import { makeDirectory, type OpenDirectory, openDirectory } from '../disk/open-directory.js';
import type { WitnessFile } from '../disk/witness-file.js';
import { compareIndex } from '../index/compare.js';
import { COMPARE_INLINE_ENTRIES_MAX } from '../index/limits.js';
import { ShardIndex } from '../index/shard-index.js';
import { LOG_FILE_BYTES_DEFAULT, UNSYNCED_BYTES_MAX } from '../log/limits.js';
import { LogWriter } from '../log/log-writer.js';
import { type OpenedLog, openLog } from '../log/open-log.js';
import type { ShardKey } from '../log/shard-key.js';
import { LogSpace } from '../log/space.js';
import { firstLsn } from './first-lsn.js';
import { RecordReader } from './record-reader.js';
import { ShardStore } from './shard-store.js';
import { WarmShards } from './warm-shards.js';

export interface StoreEnv {
  clock: Clock;
  random: Random;
  disk: Disk;
  kv: KvEngine;
  log: Log;
}

export interface StoreOptions {
  directory: string;
  pool: BufferPool;
  capacityBytes?: number | undefined;
  logFileBytes?: number | undefined;
  /** Written and not yet synced at one time. */
  unsyncedBytesMax?: number | undefined;
  /** Taken to be in the system's memory. */
  warmBytesMax?: number | undefined;
  /** Up to so many log entries are compared with the index before the disk serves, also after a clean stop. */
  compareInlineEntriesMax?: number | undefined;
}

export interface OpenStore {
  store: ShardStore;
  identity: IdentityFile;
  witness: WitnessFile;
  /** Settles when the index has been compared with the log, at the latest when the store is closed. */
  compared: Promise<void>;
  /** Seals the log, closes everything and lets the directory go. */
  close(): Promise<void>;
}

/** Opens a disk: lock, identity, log, index. @throws TesseraError LOCKED, DISK_REFUSED; DiskError; KvError */
export async function openStore(env: StoreEnv, options: StoreOptions): Promise<OpenStore> {
  const opened = await openDirectory(env, options.directory);
  try {
    return await openShards(env, options, opened);
  } catch (error) {
    await opened.witness.close();
    await opened.lock.release();
    throw error;
  }
}

async function openShards(env: StoreEnv, options: StoreOptions, held: OpenDirectory): Promise<OpenStore> {
  const { disk, kv, log } = env;
  const { directory, pool } = options;
  const { identity, witness } = held;
  const logDirectory = `${directory}/log`;
  const indexPath = `${directory}/index`;
  await makeDirectory(disk, logDirectory);
  const { diskId, newestFile: identityFile } = identity.current;
  const opened = await openLog({ disk, log, directory: logDirectory, diskId, identityFile });
  if (opened.newestFile > identityFile) {
    // A crash came before the file's name was durable; the identity must not know of a file that may yet vanish.
    await disk.syncDirectory(logDirectory);
    await identity.change({ newestFile: opened.newestFile });
  }
  const space = new LogSpace({ disk, path: logDirectory, capacityBytes: options.capacityBytes });
  space.used(opened.usedBytes);
  await space.measure();

  const { index, doubtful, isCompared, nextLsn } = await openIndex(env, indexPath, opened, options);
  const writer = new LogWriter({
    ...env,
    files: opened.files,
    space,
    diskId,
    nextFile: opened.newestFile + 1,
    nextLsn,
    logFileBytes: options.logFileBytes ?? LOG_FILE_BYTES_DEFAULT,
    unsyncedBytesMax: options.unsyncedBytesMax ?? UNSYNCED_BYTES_MAX,
    onFile: (file) => identity.change({ newestFile: file }),
    onSynced: (lsn) => index.synced(lsn),
  });
  const warm = new WarmShards(options.warmBytesMax);
  const reader = new RecordReader(opened.files, pool, env.clock, warm);
  const { newestFile, damage } = opened;
  const store = new ShardStore({ writer, index, space, log, reader, warm, newestFile, damage });
  index.onFailure = (error) => store.indexFailed(error);
  store.addDoubtful(doubtful);
  const stop = new AbortController();
  const compared = isCompared ? Promise.resolve() : compareBehind(env, index, opened, store, stop.signal);
  return {
    store,
    identity,
    witness,
    compared,
    async close() {
      stop.abort();
      await compared;
      await writer.close();
      if (!(await index.close(writer.lastLsn))) await kv.destroy(indexPath);
      await opened.files.close();
      await witness.close();
      await held.lock.release();
    },
  };
}

/** Opens the index and, unless the last stop was clean and the log is long, brings it up to date. */
async function openIndex(
  env: StoreEnv,
  path: string,
  opened: OpenedLog,
  { compareInlineEntriesMax = COMPARE_INLINE_ENTRIES_MAX }: StoreOptions,
): Promise<{ index: ShardIndex; doubtful: ShardKey[]; isCompared: boolean; nextLsn: number }> {
  const { kv, log } = env;
  const { index, totals } = await ShardIndex.open(env, path);
  const nextLsn = firstLsn(opened.nextLsn, totals);
  const lsn = nextLsn - 1;
  const entries = opened.sealed.reduce((sum, file) => sum + file.entries, 0);
  if (opened.clean && totals?.lsn === lsn && entries > compareInlineEntriesMax) {
    return { index, doubtful: [], isCompared: false, nextLsn };
  }
  try {
    return { index, doubtful: await compareNow(index, opened, lsn, log), isCompared: true, nextLsn };
  } catch (error) {
    await index.close(lsn);
    if (!(error instanceof KvError) || error.code !== 'CORRUPT') throw error;
    log.warn({ path, error: error.message }, 'the index is damaged: rebuilding it from the log');
    await kv.destroy(path);
    const { index: fresh } = await ShardIndex.open(env, path);
    return { index: fresh, doubtful: await compareNow(fresh, opened, lsn, log), isCompared: true, nextLsn };
  }
}

/** Returns the shards in doubt. */
async function compareNow(index: ShardIndex, opened: OpenedLog, lsn: number, log: Log): Promise<ShardKey[]> {
  const { shards, payloadBytes, doubtful } = await compareIndex(index, opened.sealed, { log });
  await index.setTotals(() => ({ lsn, shards, payloadBytes }));
  return doubtful;
}

/** Compares while the disk serves; never rejects. */
async function compareBehind(
  { clock, log }: StoreEnv,
  index: ShardIndex,
  opened: OpenedLog,
  store: ShardStore,
  signal: AbortSignal,
): Promise<void> {
  try {
    // The totals of a clean stop hold whatever rows were lost since.
    const { doubtful } = await compareIndex(index, opened.sealed, { log, clock, signal });
    store.addDoubtful(doubtful);
  } catch (error) {
    if (!signal.aborted) log.error({ error: String(error) }, 'could not compare the index with the log');
  }
}
