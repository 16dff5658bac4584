import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { SimulationReport } from './report.js';
import { type SimulationOptions, simulate } from './simulation.js';

/** Most of what a run makes is soon of no use: with room for it, little of it is copied before it goes. */
const YOUNG_MIB = 64;
/** So many frames of each error are kept in threads. A single seed is run in the main thread, with all of them. */
const STACK_FRAMES = 2;

/** Runs seeds, one after the other. */
export interface SeedRunner {
  simulate(seed: string): Promise<SimulationReport>;
  end(): Promise<unknown>;
}

/** In this thread, where it can be watched. */
export function inline(options: SimulationOptions): SeedRunner {
  return { simulate: (seed) => simulate(seed, options), end: async () => {} };
}

/** In a thread of its own. `minutes` is the schedule of its seeds. */
export function inThread(minutes: number): SeedRunner {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { minutes },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
  });
  let last: Promise<unknown> = Promise.resolve();
  const run = (seed: string) =>
    new Promise<SimulationReport>((resolve, reject) => {
      worker.removeAllListeners().once('message', resolve).once('error', reject);
      worker.postMessage(seed);
    });
  return {
    simulate(seed) {
      const report = last.then(() => run(seed));
      last = report.catch(() => {});
      return report;
    },
    end: () => worker.terminate(),
  };
}

/** The other end, when this module is what the thread runs. Stacks of the many errors that are no failures cost time. */
if (parentPort) Error.stackTraceLimit = STACK_FRAMES;
parentPort?.on('message', async (seed: string) => parentPort?.postMessage(await simulate(seed, workerData)));
