import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** Process ids by what the processes are; the own process may be one of them. */
export type Roles = Readonly<Record<string, readonly number[]>>;

/** CPU seconds by role. */
export type CpuByRole = Readonly<Record<string, number>>;

/** CPU seconds (user and system) that the processes of each role have used so far. Linux only. */
export function cpuByRole(roles: Roles): CpuByRole {
  return Object.fromEntries(Object.entries(roles).map(([role, pids]) => [role, cpuSeconds(pids)]));
}

export function cpuDifference(after: CpuByRole, before: CpuByRole): CpuByRole {
  return Object.fromEntries(Object.entries(after).map(([role, seconds]) => [role, seconds - (before[role] ?? 0)]));
}

export function cpuTotal(cpu: CpuByRole): number {
  return Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);
}

export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (pid === process.pid ? ownCpuSeconds() : ofProcess(pid)), 0);
}

/** CPU seconds that this process has used so far. */
export function ownCpuSeconds(): number {
  const own = process.cpuUsage();
  return (own.user + own.system) / 1e6;
}

function ofProcess(pid: number): number {
  // The command name may hold spaces and parentheses: fields count from the last ')'.
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
