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

async function answer(child: ChildProcess): Promise<number[]> {
  const ended = once(child, 'exit').then(([code]) => [{ failure: `a client process ended with code ${code}` }]);
  const [message] = await Promise.race([once(child, 'message'), ended]);
  const { latenciesMs, failure } = message as { latenciesMs?: number[]; failure?: string };
  if (latenciesMs === undefined) throw new Error(failure);
  return latenciesMs;
}
