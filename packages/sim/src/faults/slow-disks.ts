import type { Daemon } from '../cluster/daemon.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const FACTORS = [10, 100, 1_000] as const;
const LASTS_MS_MAX = 15_000;

/** Disks of which every operation takes so many times as long, for a while. */
export class SlowDisks implements FaultSource {
  readonly #recurring: Recurring;
  readonly #slow = new Set<Daemon>();

  constructor(stage: FaultStage, { slowDisks }: FaultPlan) {
    const { world, cluster, draw, tally } = stage;
    this.#recurring = new Recurring(stage, slowDisks, () => {
      const daemon = draw.of(cluster.daemons);
      const factor = draw.of(FACTORS);
      tally(`disk ${factor} times as slow`);
      daemon.host.disk.settings.slowFactor = factor;
      this.#slow.add(daemon);
      world.scheduler.schedule(draw.upTo(LASTS_MS_MAX), () => this.#end(daemon));
    });
  }

  start(): void {
    this.#recurring.start();
  }

  stop(): void {
    this.#recurring.stop();
    for (const daemon of this.#slow) this.#end(daemon);
  }

  #end(daemon: Daemon): void {
    daemon.host.disk.settings.slowFactor = 1;
    this.#slow.delete(daemon);
  }
}
