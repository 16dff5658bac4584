import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Whether process `pid` lives and has `words` as consecutive arguments. A recorded pid may belong to another program
 * after a reboot, so a pid alone proves nothing.
 */
export async function isProcess(pid: number, words: readonly string[]): Promise<boolean> {
  if (!processExists(pid)) return false;
  const { text, separator } = await commandLine(pid);
  return [separator, text, separator].join('').includes([separator, words.join(separator), separator].join(''));
}

/** Whether any process has that pid, a dead one that its parent has not collected included. */
export function processExists(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Empty for a process that is gone, or dead and not yet collected by its parent. */
async function commandLine(pid: number): Promise<{ text: string; separator: string }> {
  if (process.platform === 'linux') {
    return { text: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''), separator: '\0' };
  }
  const listed = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  return { text: listed?.stdout.trim() ?? '', separator: ' ' };
}
