import type { Worker } from '../workload/worker.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const DELAYS_MS = [0, 50, 400, 2_000] as const;
const BYTES_PER_MS = [20, 200, 5_000] as const;
const LASTS_MS_MAX = 20_000;
const ONE_WAY_SHARE = 0.5;

/** Pairs of hosts between which messages take long and little fits, for a while. */
export class SlowLinks implements FaultSource {
  readonly #recurring: Recurring;
  readonly #end: () => void;

  constructor(stage: FaultStage, { slowLinks }: FaultPlan, clients: readonly Worker[]) {
    const { world, cluster, draw, tally } = stage;
    const hosts = [...cluster.daemons.map(({ host }) => host.name), ...clients.map(({ host }) => host)];
    const slow = new Map<string, readonly [string, string]>();
    const end = (key: string) => {
      const way = slow.get(key);
      if (way) world.fabric.slow(...way, undefined);
      slow.delete(key);
    };
    this.#end = () => {
      for (const key of [...slow.keys()]) end(key);
    };
    this.#recurring = new Recurring(stage, slowLinks, () => {
      const [from, to] = draw.some(hosts, 2) as [string, string];
      const link = { delayMs: draw.of(DELAYS_MS), bytesPerMs: draw.of(BYTES_PER_MS) };
      tally(`link of ${link.bytesPerMs} bytes per ms, ${link.delayMs} ms more`);
      const lastsMs = draw.upTo(LASTS_MS_MAX);
      const ways: [string, string][] = draw.chance(ONE_WAY_SHARE)
        ? [[from, to]]
        : [
            [from, to],
            [to, from],
          ];
      for (const way of ways) {
        const key = way.join(' > ');
        slow.set(key, way);
        world.fabric.slow(...way, link);
        world.scheduler.schedule(lastsMs, () => end(key));
      }
    });
  }

  start(): void {
    this.#recurring.start();
  }

  stop(): void {
    this.#recurring.stop();
    this.#end();
  }
}
