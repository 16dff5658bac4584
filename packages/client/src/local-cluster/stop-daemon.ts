import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from './cluster-file.js';
import { identityWords } from './daemon.js';
import { inspectMember } from './inspect.js';
import { POLL_MS, STOP_MS_MAX } from './limits.js';
import { hasEnded } from './process-identity.js';

export type StopResult = 'not running' | 'stopped' | 'killed';

/** Stops a member cleanly (SIGTERM), after STOP_MS_MAX by force; resolves when its process is gone. */
export async function stopDaemon(directory: string, member: Member): Promise<StopResult> {
  const pid = await livingPid(directory, member);
  if (pid === null) return 'not running';
  signal(pid, 'SIGTERM');
  if (await goneWithin(STOP_MS_MAX, pid, directory, member)) return 'stopped';
  signal(pid, 'SIGKILL');
  await goneWithin(STOP_MS_MAX, pid, directory, member);
  return 'killed';
}

/** Kills a member at once (SIGKILL), as a crash would. */
export async function killDaemon(directory: string, member: Member): Promise<void> {
  const pid = await livingPid(directory, member);
  if (pid === null) return;
  signal(pid, 'SIGKILL');
  await goneWithin(STOP_MS_MAX, pid, directory, member);
}

async function livingPid(directory: string, member: Member): Promise<number | null> {
  const { state, pid } = await inspectMember(directory, member);
  return state === 'running' || state === 'starting' ? pid : null;
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It went away by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function goneWithin(limitMs: number, pid: number, directory: string, member: Member): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  const words = identityWords(directory, member);
  while (!(await hasEnded(pid, words))) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}
