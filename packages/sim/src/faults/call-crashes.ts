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
/** How often any kind of call that was ever made is as likely as any other, however rare it is; then at one of its first. */
const ANY_KIND_SHARE = 0.25;
const RARE_CALLS_MAX = 3;
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
  /** A target that may be of a rare kind, such as those of a start, stays until it is hit. */
  #rare: Armed | undefined;
  /** Kinds of calls that were made. */
  readonly #kinds = { metaserver: new Set<string>(), chunkserver: new Set<string>() };

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    this.#plan = plan;
    this.#arming = new Recurring(stage, plan.callCrashes, () => {
      const { draw } = stage;
      const process = draw.chance(METASERVER_SHARE) ? 'metaserver' : 'chunkserver';
      const kinds = [...this.#kinds[process]];
      if (kinds.length > 0 && draw.chance(ANY_KIND_SHARE)) {
        this.#rare ??= { target: draw.of(kinds), process, callsLeft: 1 + draw.below(RARE_CALLS_MAX) };
        return;
      }
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
    this.#rare = undefined;
  }

  strike(call: EnvCall): Fault | undefined {
    const isMetaserver = call.process.startsWith('metaserver');
    if (isMetaserver || call.process.startsWith('chunkserver')) {
      this.#kinds[isMetaserver ? 'metaserver' : 'chunkserver'].add(call.kind);
    }
    const armed = meets(this.#rare, call) ? this.#rare : meets(this.#armed, call) ? this.#armed : undefined;
    if (armed === undefined || this.#isEnoughDown(call) || --armed.callsLeft > 0) return undefined;
    if (armed === this.#rare) this.#rare = undefined;
    else this.#armed = undefined;
    return crashAt(call, this.#stage, this.#plan);
  }

  /** One that does not serve yet is down already. */
  #isEnoughDown({ process }: EnvCall): boolean {
    const { downMax } = this.#plan;
    const { cluster } = this.#stage;
    return downMax > 0 && cluster.find(process)?.isServing === true && cluster.downCount >= downMax;
  }
}

/** Whether this is a call of the kind that it waits for. */
function meets(armed: Armed | undefined, { process, kind }: EnvCall): boolean {
  return armed !== undefined && process.startsWith(armed.process) && kind.startsWith(armed.target);
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
