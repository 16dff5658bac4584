import type { Worker } from '../workload/worker.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const LASTS_MS_MAX = 8_000;
const ONE_WAY_SHARE = 0.3;

/** Cuts hosts off from each other for a while, servers and clients alike. */
export class Partitions implements FaultSource {
  readonly #stage: FaultStage;
  readonly #recurring: Recurring;

  constructor(stage: FaultStage, plan: FaultPlan, clients: readonly Worker[]) {
    this.#stage = stage;
    const { world, cluster, draw, tally } = stage;
    const hosts = [...cluster.daemons.map(({ host }) => host.name), ...clients.map(({ host }) => host)];
    this.#recurring = new Recurring(stage, plan.partitions, () => {
      const ones = draw.some(hosts, 1 + draw.below(hosts.length - 1));
      const others = hosts.filter((host) => !ones.includes(host));
      const oneWay = draw.chance(ONE_WAY_SHARE);
      tally(oneWay ? 'partition, one way' : 'partition');
      for (const one of ones) for (const other of others) world.fabric.partition(one, other, { oneWay });
      world.scheduler.schedule(draw.upTo(LASTS_MS_MAX), () => world.fabric.heal());
    });
  }

  start(): void {
    this.#recurring.start();
  }

  stop(): void {
    this.#recurring.stop();
    this.#stage.world.fabric.heal();
  }
}
