import { type DirectoryLock, KvError, lockDirectory } from '@tessera/kv';
import { ERA_MAX, TesseraError } from '@tessera/protocol';
import { prepareDirectories, type StoreDirectories, storeDirectories } from './directories.js';
import { FoundEnd } from './found-end.js';
import { encodePayload, payloadBytes } from './group-payload.js';
import { allocateGroup, GROUP_HEADER_BYTES } from './journal-format.js';
import { JournalWriter } from './journal-writer.js';
import { type Recovered, recover } from './recovery.js';
import { JournaledStore } from './store.js';
import { STORE_LIMITS_DEFAULT, type StoreEnv, type StoreLimits, type StoreOptions } from './store-options.js';
import { writeViewMark } from './view-mark.js';

/**
 * Opens the metadata store of a directory, a new one when there is none, and begins a new era.
 * @throws TesseraError LOCKED when another process has it; CORRUPT, WRONG_VERSION saying where and what heals it;
 *   DiskError, KvError; what confirmEnd throws
 */
export async function openStore(env: StoreEnv, options: StoreOptions): Promise<JournaledStore> {
  const limits = { ...STORE_LIMITS_DEFAULT, ...options.limits };
  const directories = storeDirectories(options.directory);
  await env.disk.makeDirectory(directories.root);
  const lock = await takeLock(env, directories);
  try {
    await prepareDirectories(env.disk, directories);
    const recovered = await recover(env, directories);
    try {
      if (!recovered.stoppedInOrder) await options.confirmEnd?.(new FoundEnd(recovered, directories));
      const { writer, era } = await beginEra(env, directories, limits, recovered);
      return new JournaledStore({ env, options, limits, directories, lock, recovered, writer, era });
    } catch (error) {
      await recovered.view.close();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function takeLock({ kv }: StoreEnv, { root, lock }: StoreDirectories): Promise<DirectoryLock> {
  try {
    return await lockDirectory(kv, root).catch(async (error: unknown) => {
      // It holds nothing, so damage to its files is no reason not to start.
      if (!(error instanceof KvError) || error.code !== 'CORRUPT') throw error;
      await kv.destroy(lock);
      return lockDirectory(kv, root);
    });
  } catch (error) {
    if (!(error instanceof KvError) || error.code !== 'LOCKED') throw error;
    throw new TesseraError('LOCKED', error.message, { cause: error });
  }
}

/** Makes the next era durable: a group without entries, in a file of its own, before any id of the era is given out. */
async function beginEra(
  { disk, random }: StoreEnv,
  directories: StoreDirectories,
  limits: StoreLimits,
  recovered: Recovered,
): Promise<{ writer: JournalWriter; era: number }> {
  const { position, digests, view, groupEnds, correctedTables } = recovered;
  const era = recovered.era + 1;
  if (era > ERA_MAX) throw new TesseraError('INTERNAL', `era ${recovered.era} is the last there is`);
  const { journalFileBytesMax: fileBytesMax, journalFillBytes: fillBytes } = limits;
  const writer = new JournalWriter(
    disk,
    random,
    { directory: directories.journal, fileBytesMax, fillBytes },
    position,
    era,
  );
  const bytes = payloadBytes([], correctedTables);
  const group = allocateGroup(bytes);
  encodePayload(group, GROUP_HEADER_BYTES, [], correctedTables, digests);
  try {
    await writer.append(group, bytes, position.lsn + 1, position.timeNs);
  } catch (error) {
    await writer.close();
    throw error;
  }
  const { lsn, chain } = writer.position;
  groupEnds.add(writer.position);
  // From here on the view changes. The mark also remembers that there is a journal.
  await writeViewMark(disk, directories.root, { state: 'dirty', lsn, chain });
  await view.apply([], { lsn, digests });
  return { writer, era };
}
