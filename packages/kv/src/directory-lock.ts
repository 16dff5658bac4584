import { type KvEngine, KvError } from './store.js';

/** An exclusive hold on a directory, across all processes of the machine. It ends with the process at the latest. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes a directory for this process alone: the lock is that of a tiny store at `path`/lock, which the system drops
 * when the process dies. @throws KvError LOCKED, IO
 */
export async function lockDirectory(engine: KvEngine, path: string): Promise<DirectoryLock> {
  try {
    const store = await engine.open(`${path}/lock`);
    return { release: () => store.close() };
  } catch (error) {
    if (!(error instanceof KvError) || error.code !== 'LOCKED') throw error;
    const text = `another daemon uses the directory ${path}: stop it first, or give this one a directory of its own`;
    throw new KvError('LOCKED', text, { cause: error });
  }
}
