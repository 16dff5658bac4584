import type { EnvCall, Fault } from '@tessera/env/simulated';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const SECTOR_BYTES = 512;
const SECTORS_MAX = 512;
const OTHER_FILE_SHARE = 0.4;

/** Disks that may lose durable bytes write elsewhere than they were told, now and then, and say that all is well. */
export class MisdirectedWrites implements FaultSource {
  readonly #stage: FaultStage;
  readonly #arming: Recurring;
  #armed: string | undefined;

  constructor(stage: FaultStage, { misdirectedWrites }: FaultPlan) {
    this.#stage = stage;
    this.#arming = new Recurring(stage, misdirectedWrites, () => {
      const { host } = stage.budget;
      this.#armed = stage.cluster.daemons.find((daemon) => daemon.host.name === host)?.name;
    });
  }

  start(): void {
    this.#arming.start();
  }

  stop(): void {
    this.#arming.stop();
    this.#armed = undefined;
  }

  strike(call: EnvCall): Fault | undefined {
    if (call.process !== this.#armed || call.kind !== 'disk.write') return undefined;
    this.#armed = undefined;
    const { cluster, budget, draw, tally } = this.#stage;
    const host = cluster.find(call.process)?.host;
    if (!host) return undefined;
    budget.spend(host.name);
    const byBytes = SECTOR_BYTES * (1 + draw.below(SECTORS_MAX)) * (draw.chance(0.5) ? 1 : -1);
    if (draw.chance(OTHER_FILE_SHARE)) {
      tally('write into another file');
      return { type: 'misdirect', byBytes, path: draw.of(host.disk.paths()) };
    }
    tally('write at another place of its file');
    return { type: 'misdirect', byBytes };
  }
}
