import type { EnvCall, Fault } from '@tessera/env/simulated';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

/** Calls that a crash may wait for, by how they begin; those that change something or tell others are the likelier ones. */
const TARGETS = {
  metaserver: {
    '': 2,
    'disk.write': 3,
    'disk.sync': 4,
    'disk.syncDirectory': 1,
    'disk.rename': 1,
    'disk.truncate': 1,
    'disk.open': 1,
    'disk.remove': 1,
    'kv.apply': 3,
    'kv.': 1,
  },
  chunkserver: {
    '': 2,
    'disk.write': 3,
    'disk.sync': 3,
    'disk.syncDirectory': 1,
    'disk.rename': 1,
    'disk.truncate': 1,
    'disk.open': 1,
    'kv.apply': 2,
    'network.call': 1,
    'network.write': 5,
  },
} as const;

/** A crash comes at one of so many calls of its target. */
const CALLS_MAX = 40;
const METASERVER_SHARE = 0.4;
/** A process that dies leaves its disk the same at any call; power losses amid writes and syncs tear what is written. */
const DISK_POWER_SHARE_MIN = 0.8;

interface Armed {
  readonly target: string;
  readonly process: 'metaserver' | 'chunkserver';
  callsLeft: number;
}

/** Crashes daemons at calls into their environment: before or after the effect, process or power. */
export class CallCrashes implements FaultSource {
  readonly #stage: FaultStage;
  readonly #plan: FaultPlan;
  readonly #arming: Recurring;
  /** A target that nobody hits stays until it is replaced. */
  #armed: Armed | undefined;

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    this.#plan = plan;
    this.#arming = new Recurring(stage, plan.callCrashes, () => {
      const { draw } = stage;
      const process = draw.chance(METASERVER_SHARE) ? 'metaserver' : 'chunkserver';
      const target = process === 'metaserver' ? draw.weighted(TARGETS.metaserver) : draw.weighted(TARGETS.chunkserver);
      this.#armed = { target, process, callsLeft: 1 + draw.below(CALLS_MAX) };
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
    const armed = this.#armed;
    if (!armed || !call.process.startsWith(armed.process) || !call.kind.startsWith(armed.target)) return undefined;
    const { downMax } = this.#plan;
    if (downMax > 0 && this.#stage.cluster.downCount >= downMax) return undefined;
    if (--armed.callsLeft > 0) return undefined;
    this.#armed = undefined;
    return crashAt(call, this.#stage, this.#plan);
  }
}

/** A crash at this call, tallied. */
export function crashAt(
  { kind: call, process }: EnvCall,
  { draw, tally }: FaultStage,
  { powerShare }: FaultPlan,
): Fault {
  const when = draw.chance(0.5) ? 'before' : 'after';
  const share = call.startsWith('disk.') ? Math.max(powerShare, DISK_POWER_SHARE_MIN) : powerShare;
  const kind = draw.chance(share) ? 'power' : 'kill';
  tally(`${kind} of a ${process.split(' ')[0]} ${when} ${call}`);
  return { type: 'crash', when, kind };
}
