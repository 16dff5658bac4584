import type { Worker } from '../workload/worker.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

/** What can stand still and go on. */
interface Frozen {
  freeze(): void;
  thaw(): void;
}

const CLIENT_SHARE = 0.5;

/** Processes that stand still, up to an hour, and go on as if nothing had been: clients and daemons. */
export class Pauses implements FaultSource {
  readonly #recurring: Recurring;
  readonly #frozen = new Set<Frozen>();

  constructor(stage: FaultStage, { pauses, pauseMsMax }: FaultPlan, clients: readonly Worker[]) {
    const { world, cluster, draw, tally } = stage;
    this.#recurring = new Recurring(stage, pauses, () => {
      const isClient = draw.chance(CLIENT_SHARE);
      const daemon = draw.of(cluster.daemons);
      const who = isClient ? draw.of(clients) : daemon;
      const lastsMs = draw.chance(0.5) ? pauseMsMax : draw.upTo(pauseMsMax);
      const name = isClient ? 'client' : daemon.name.split(' ')[0];
      tally(`pause of a ${name}, up to ${pauseMsMax / 1_000} s`);
      who.freeze();
      this.#frozen.add(who);
      world.scheduler.schedule(lastsMs, () => this.#thaw(who));
    });
  }

  start(): void {
    this.#recurring.start();
  }

  stop(): void {
    this.#recurring.stop();
    for (const who of [...this.#frozen]) this.#thaw(who);
  }

  #thaw(who: Frozen): void {
    who.thaw();
    this.#frozen.delete(who);
  }
}
