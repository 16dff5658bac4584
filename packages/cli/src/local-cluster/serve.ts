import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalCluster } from '@tessera/client/local-cluster';

/** How often a foreground cluster looks after its processes. */
const WATCH_MS = 1_000;

/**
 * Keeps a started cluster in the foreground: reports processes that go away, stops everything when `signal` aborts,
 * and returns when nothing runs any more.
 */
export async function serve(cluster: LocalCluster, signal: AbortSignal, report: (text: string) => void): Promise<void> {
  await cluster.setServedBy(process.pid);
  const gone = new Set<string>();
  while (!signal.aborted) {
    await sleep(WATCH_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    const { state, processes } = await cluster.inspect();
    for (const { name, state: itsState, log } of processes) {
      if (itsState === 'running') {
        if (gone.delete(name)) report(`${name} runs again`);
      } else if (itsState !== 'starting' && !gone.has(name)) {
        gone.add(name);
        report(`${name} is gone (${itsState}); its log is ${log}; 'tessera up' starts it again`);
      }
    }
    if (state === 'stopped') {
      report('The cluster was stopped.');
      return;
    }
  }
  report('Stopping the cluster …');
  for (const name of await cluster.stop()) report(`warning: ${name} did not stop when asked and was killed`);
}
