import { type Clock, type Disk, directoriesAbove, type Log, type Random, syncDirectoriesAbove } from '@tessera/env';
import { type DirectoryLock, type KvEngine, KvError, lockDirectory } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { IDENTITY_NAME, IdentityFile } from './identity-file.js';
import { WitnessFile } from './witness-file.js';

/** Names that do not make a directory somebody's: what file systems, the lock and an interrupted first start leave. */
const IGNORED_NAMES: ReadonlySet<string> = new Set([
  'lost+found',
  'lock',
  'endpoint.json',
  'endpoint.json.new',
  `${IDENTITY_NAME}.new`,
]);

export interface OpenDirectory {
  lock: DirectoryLock;
  identity: IdentityFile;
  witness: WitnessFile;
}

/**
 * Takes a directory as this disk's: locks it, then reads its identity, or makes one if the directory is empty.
 * @throws TesseraError LOCKED, DISK_REFUSED; DiskError
 */
export async function openDirectory(
  env: { clock: Clock; random: Random; disk: Disk; kv: KvEngine; log: Log },
  directory: string,
): Promise<OpenDirectory> {
  const { disk, kv, log } = env;
  await makeDirectory(disk, directory);
  await refuseForeign(disk, directory);
  const lock = await takeLock(kv, directory);
  try {
    const isNew = await refuseForeign(disk, directory);
    // A directory that was there already may have been made by a start that was killed before it synced the one above.
    if (isNew) await syncDirectoriesAbove(disk, directory);
    const identity = isNew ? await IdentityFile.create(env, directory) : await IdentityFile.load(disk, directory, log);
    return { lock, identity, witness: await WitnessFile.open(disk, directory, log) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Makes a directory and what is missing above it, durably; one that is there is left as it is. @throws DiskError */
export async function makeDirectory(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== undefined) return;
  const [parent = '.', ...above] = directoriesAbove(path);
  if (above.length > 0) await makeDirectory(disk, parent);
  await disk.makeDirectory(path);
  await disk.syncDirectory(parent);
}

/** Whether the directory is empty. @throws TesseraError DISK_REFUSED when it is neither empty nor ours */
async function refuseForeign(disk: Disk, directory: string): Promise<boolean> {
  const names = (await disk.list(directory)).filter((name) => !IGNORED_NAMES.has(name));
  if (names.includes(IDENTITY_NAME)) return false;
  if (names.length === 0) return true;
  throw new TesseraError(
    'DISK_REFUSED',
    `${directory} is not empty and holds no identity of a chunkserver (it holds ${names.slice(0, 5).join(', ')}): give an empty directory; nothing was changed`,
  );
}

async function takeLock(kv: KvEngine, directory: string): Promise<DirectoryLock> {
  try {
    return await lockDirectory(kv, directory);
  } catch (error) {
    if (error instanceof KvError && error.code === 'LOCKED') {
      throw new TesseraError('LOCKED', error.message, { cause: error });
    }
    throw error;
  }
}
