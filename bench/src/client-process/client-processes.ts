import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchCluster } from '../bench-cluster.js';
import type { Subject } from '../phase.js';
import type { Profiler } from '../profile/profiler.js';
import type { Job } from './job.js';

/** Clients of one cluster, each in a process of its own. As a subject: those processes and the cluster's daemons. */
export interface ClientProcesses extends Subject {
  /** Every process does the job with its number, all at once; answers the latencies of all. */
  run(jobOf: (process: number) => Job): Promise<number[]>;
  stop(): Promise<void>;
}

export async function startClientProcesses(
  cluster: BenchCluster,
  count: number,
  profiler: Profiler,
): Promise<ClientProcesses> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const children = await Promise.all(
    Array.from({ length: count }, async () => {
      const child = fork(main, [cluster.metaserver]);
      await answer(child);
      return child;
    }),
  );
  const roles = () => ({ ...cluster.roles(), client: children.map(({ pid }) => pid as number) });
  return {
    roles,
    profiled: (name, work) => profiler.run(name, roles(), work),
    async run(jobOf) {
      const answers = await Promise.all(
        children.map((child, index) => {
          child.send(jobOf(index));
          return answer(child);
        }),
      );
      return answers.flat();
    },
    async stop() {
      for (const child of children) {
        child.disconnect();
        if (child.exitCode === null) await once(child, 'exit');
      }
    },
  };
}

/** The process's next answer. */
function answer(child: ChildProcess): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => {
      child.off('message', onMessage);
      reject(new Error(`a client process ended with code ${code}`));
    };
    const onMessage = ({ latenciesMs, failure }: { latenciesMs?: number[]; failure?: string }) => {
      child.off('exit', onExit);
      if (latenciesMs === undefined) reject(new Error(failure));
      else resolve(latenciesMs);
    };
    child.once('exit', onExit);
    child.once('message', onMessage);
  });
}
