import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import type { Profiler as Inspector } from 'node:inspector/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Roles } from '../cpu.js';
import { beginProfile, endProfile } from './recording.js';
import { formatSummary, summarise } from './summary.js';

const POLL_MS = 5;
const ANSWER_MS_MAX = 30_000;

/** Takes CPU profiles of all processes of a phase while it is measured, and of nothing else. */
export interface Profiler {
  run<T>(name: string, roles: Roles, work: () => Promise<T>): Promise<T>;
}

export const noProfiler: Profiler = { run: (_, __, work) => work() };

/** Processes started from now on can be profiled; profiles and a summary of each phase go to `directory`. */
export async function startProfiler(directory: string, print: (text: string) => void): Promise<Profiler> {
  const exchange = path.join(directory, 'exchange');
  await mkdir(exchange, { recursive: true });
  process.env.TESSERA_BENCH_PROFILES = exchange;
  process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, `--import=${new URL('./preload.js', import.meta.url)}`]
    .filter((option) => option !== undefined)
    .join(' ');
  let phases = 0;
  return {
    async run(name, roles, work) {
      const own = path.join(directory, `${String(phases++).padStart(3, '0')}-${name.replaceAll('/', '-')}`);
      await mkdir(own);
      const others = Object.values(roles)
        .flat()
        .filter((pid) => pid !== process.pid);
      await signalAll(others, (pid) => path.join(exchange, `${pid}.begun`));
      await beginProfile();
      const result = await work();
      const profiles = new Map<number, Inspector.Profile>([[process.pid, await endProfile()]]);
      await signalAll(others, (pid) => path.join(exchange, `${pid}.cpuprofile`));
      for (const pid of others) {
        const file = path.join(exchange, `${pid}.cpuprofile`);
        profiles.set(pid, JSON.parse(await readFile(file, 'utf8')));
        await rename(file, path.join(own, `${roleOf(roles, pid)}-${pid}.cpuprofile`));
      }
      const mine = JSON.stringify(profiles.get(process.pid));
      await writeFile(path.join(own, `${roleOf(roles, process.pid)}-${process.pid}.cpuprofile`), mine);
      const summary = Object.entries(roles)
        .map(([role, pids]) => formatSummary(role, summarise(pids.flatMap((pid) => profiles.get(pid) ?? []))))
        .join('\n');
      await writeFile(path.join(own, 'summary.txt'), `${summary}\n`);
      print(`profile of ${name} (${own})\n${summary}`);
      return result;
    },
  };
}

async function signalAll(pids: readonly number[], answer: (pid: number) => string): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGUSR2');
  const deadline = performance.now() + ANSWER_MS_MAX;
  for (const pid of pids) {
    while (!existsSync(answer(pid))) {
      if (performance.now() > deadline) throw new Error(`process ${pid} does not answer to its profiler`);
      await sleep(POLL_MS);
    }
  }
}

function roleOf(roles: Roles, pid: number): string {
  return Object.entries(roles).find(([, pids]) => pids.includes(pid))?.[0] ?? 'other';
}
