import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '@tessera/protocol';
import { LOCK_WAIT_MS_MAX, POLL_MS } from './limits.js';
import { processExists } from './process-identity.js';

const LOCK_FILE = 'cluster.lock';

/**
 * Runs `action` while no other tessera command starts or stops processes of this local cluster. The daemons guard
 * their data by locks of their own; this one keeps two commands from spawning the same daemon twice.
 * @throws TesseraError LOCKED
 */
export async function withClusterLock<Result>(directory: string, action: () => Promise<Result>): Promise<Result> {
  const file = path.join(directory, LOCK_FILE);
  await mkdir(directory, { recursive: true });
  const deadline = performance.now() + LOCK_WAIT_MS_MAX;
  while (!(await take(file))) {
    const holder = Number(await readFile(file, 'utf8').catch(() => ''));
    if (holder !== 0 && !processExists(holder)) {
      await rm(file, { force: true });
    } else if (performance.now() > deadline) {
      throw new TesseraError(
        'LOCKED',
        `process ${holder} is starting or stopping the local cluster in ${directory}; if it is no tessera command, remove ${file}`,
      );
    } else {
      await sleep(POLL_MS);
    }
  }
  try {
    return await action();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
