import { randomUnit } from '../random.js';
import type { DiskSettings } from './disk/settings.js';
import type { Fault, FaultHook } from './fault.js';
import { SimulatedHost } from './host.js';
import { SimulatedFabric } from './network/fabric.js';
import type { NetworkSettings } from './network/settings.js';
import type { SimulatedProcess } from './process.js';
import { SimulatedRandom } from './random.js';
import { type RunEnd, type RunLimits, runScheduler } from './runner.js';
import { SimulatedScheduler } from './scheduler.js';
import { TraceHash } from './trace.js';

export interface WorldOptions {
  seed: number | string;
  /** Wall-clock time at virtual time 0; default 2026-01-01. */
  startWallNs?: bigint;
  /** Timers come up to this much late; default 0. */
  timerLatenessMsMax?: number;
  network?: Partial<NetworkSettings>;
  /** For hosts that are not given their own. */
  disk?: Partial<DiskSettings>;
}

const START_WALL_NS = 1_767_225_600_000_000_000n;

/** A promise that has not settled after this much virtual time is taken for lost. */
const DRIVE_MS_MAX = 3_600_000;

/** Hosts, their network and their time, all from one seed. */
export class SimulatedWorld {
  readonly trace = new TraceHash();
  readonly scheduler = new SimulatedScheduler(this.trace);
  readonly random: SimulatedRandom;
  readonly fabric: SimulatedFabric;
  readonly startWallNs: bigint;
  /** Asked at every call of every process. */
  faults: FaultHook | undefined;
  readonly #hosts = new Map<string, SimulatedHost>();
  readonly #diskSettings: Partial<DiskSettings>;
  readonly #timerRandom: SimulatedRandom;
  readonly #timerLatenessMsMax: number;
  #calls = 0;

  constructor(options: WorldOptions) {
    this.random = new SimulatedRandom(options.seed);
    this.startWallNs = options.startWallNs ?? START_WALL_NS;
    this.#diskSettings = options.disk ?? {};
    this.#timerRandom = this.random.fork('timers');
    this.#timerLatenessMsMax = options.timerLatenessMsMax ?? 0;
    this.fabric = new SimulatedFabric(this, options.network ?? {});
  }

  /** The host of that name, made on first use; `disk` counts only then. */
  host(name: string, disk: Partial<DiskSettings> = {}): SimulatedHost {
    let host = this.#hosts.get(name);
    if (!host) {
      host = new SimulatedHost(this, name, { ...this.#diskSettings, ...disk });
      this.#hosts.set(name, host);
    }
    return host;
  }

  findHost(name: string): SimulatedHost | undefined {
    return this.#hosts.get(name);
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** Calls that processes have made so far: the sequence number of the next one. */
  get calls(): number {
    return this.#calls;
  }

  /** Lets virtual time pass until a limit is met or nothing is left to happen. Fails with the first error nobody caught. */
  run(limits: RunLimits = {}): Promise<RunEnd> {
    return runScheduler(this.scheduler, limits);
  }

  /** Lets virtual time pass until `promise` settles and returns what it settled to. */
  async drive<T>(promise: Promise<T>, limitMs = DRIVE_MS_MAX): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    const end = await this.run({ untilMs: this.nowMs + limitMs, until: () => settled });
    if (end !== 'condition') {
      const why = end === 'idle' ? 'nothing is left to happen' : `${limitMs} ms have passed`;
      throw new Error(`a promise is still pending at ${this.nowMs} ms of virtual time and ${why}`);
    }
    return promise;
  }

  /** Part of every call: records it and asks what befalls it. */
  enter(process: SimulatedProcess, kind: string, subject: string, bytes?: Uint8Array): Fault | undefined {
    const { name, incarnation } = process;
    const sequence = this.#calls++;
    if (bytes) this.trace.record(this.nowMs, name, incarnation, kind, subject, bytes);
    else this.trace.record(this.nowMs, name, incarnation, kind, subject);
    return this.faults?.({ process: name, incarnation, kind, subject, sequence });
  }

  /** By how much the next timer is late. */
  timerLatenessMs(): number {
    return this.#timerLatenessMsMax === 0 ? 0 : randomUnit(this.#timerRandom) * this.#timerLatenessMsMax;
  }
}
