import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** CPU seconds (user and system) that this process and the given ones have used so far. Linux only. */
export function cpuSeconds(pids: readonly number[]): number {
  const own = process.cpuUsage();
  let total = (own.user + own.system) / 1e6;
  for (const pid of pids) total += ofProcess(pid);
  return total;
}

function ofProcess(pid: number): number {
  // The command name may hold spaces and parentheses: fields count from the last ')'.
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
