import type { EnvCall, Fault } from '@tessera/env/simulated';
import { crashAt } from './call-crashes.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const STARTS_MIN = 4;
const STARTS_MAX = 12;
/** How far each start gets, in calls. */
const CALLS_MAX = [10, 60, 200] as const;

interface Loop {
  startsLeft: number;
  callsLeft: number;
}

/** Daemons that die soon after every start, several times in a row. */
export class RestartLoops implements FaultSource {
  readonly #stage: FaultStage;
  readonly #plan: FaultPlan;
  readonly #recurring: Recurring;
  readonly #loops = new Map<string, Loop>();

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    this.#plan = plan;
    const { draw, cluster, tally } = stage;
    this.#recurring = new Recurring(stage, plan.restartLoops, () => {
      const daemon = draw.of(cluster.daemons);
      tally('restart loop');
      this.#loops.set(daemon.name, { startsLeft: STARTS_MIN + draw.below(STARTS_MAX - STARTS_MIN + 1), callsLeft: 0 });
      daemon.crash('kill');
    });
    cluster.onLaunch(({ name }) => {
      const loop = this.#loops.get(name);
      if (!loop) return;
      if (loop.startsLeft-- === 0) this.#loops.delete(name);
      loop.callsLeft = 1 + draw.below(draw.of(CALLS_MAX));
    });
  }

  start(): void {
    this.#recurring.start();
  }

  stop(): void {
    this.#recurring.stop();
    this.#loops.clear();
  }

  strike(call: EnvCall): Fault | undefined {
    const loop = this.#loops.get(call.process);
    if (!loop || --loop.callsLeft !== 0) return undefined;
    return crashAt(call, this.#stage, this.#plan);
  }
}
