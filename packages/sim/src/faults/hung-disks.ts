import type { EnvCall, Fault } from '@tessera/env/simulated';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const LASTS_MS_MAX = 30_000;
/** Calls of a disk that hangs until its daemon is restarted would settle after this. */
const NEVER_MS = 1_000 * 3_600_000;
const NEVER_SHARE = 0.4;

/**
 * Disks that hang: what is asked of them settles when they go on, or never, and then the daemon is restarted. What goes
 * to the system's cache only, which writing does, is as quick as ever.
 */
export class HungDisks implements FaultSource {
  readonly #stage: FaultStage;
  readonly #recurring: Recurring;
  /** When the disk of a process goes on. */
  readonly #untilMs = new Map<string, number>();

  constructor(stage: FaultStage, { hungDisks }: FaultPlan) {
    this.#stage = stage;
    const { world, cluster, draw, tally } = stage;
    this.#recurring = new Recurring(stage, hungDisks, () => {
      const { name } = draw.of(cluster.daemons);
      const lastsMs = draw.upTo(LASTS_MS_MAX);
      const isForEver = draw.chance(NEVER_SHARE);
      // What hangs until a restart must get it, whatever another hang would say.
      if (this.#untilMs.has(name)) return;
      tally(isForEver ? 'disk that hangs until a restart' : 'disk that hangs for a while');
      this.#untilMs.set(name, world.nowMs + (isForEver ? NEVER_MS : lastsMs));
      world.scheduler.schedule(lastsMs, () => this.#end(name, isForEver));
    });
  }

  start(): void {
    this.#recurring.start();
  }

  stop(): void {
    this.#recurring.stop();
    for (const name of [...this.#untilMs.keys()]) this.#end(name, true);
  }

  strike({ process, kind }: EnvCall): Fault | undefined {
    const untilMs = this.#untilMs.get(process);
    if (untilMs === undefined || !(kind.startsWith('disk.') || kind.startsWith('kv.'))) return undefined;
    return { type: 'delay', delayMs: untilMs - this.#stage.world.nowMs };
  }

  #end(name: string, restarts: boolean): void {
    if (this.#untilMs.delete(name) && restarts) this.#stage.cluster.find(name)?.crash('kill');
  }
}
