import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Writes what earlier phases left dirty, so that no later one pays for it. */
export async function flushPageCache(): Promise<void> {
  await promisify(execFile)('sync');
}

/** Empties the page cache. Answers why not, where the system does not let this user. */
export async function dropPageCache(): Promise<string | undefined> {
  await flushPageCache();
  try {
    await writeFile('/proc/sys/vm/drop_caches', '3');
    return undefined;
  } catch (error) {
    return `the page cache cannot be dropped (${(error as NodeJS.ErrnoException).code} at /proc/sys/vm/drop_caches): run it as root`;
  }
}
