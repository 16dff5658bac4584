import type { Env, Log } from '@tessera/env';
import {
  type CrashKind,
  isSimulatedCrash,
  type SimulatedHost,
  type SimulatedProcess,
  type SimulatedWorld,
} from '@tessera/env/simulated';
import type { KvEngine } from '@tessera/kv';
import { createSimulatedEngine, type SimulatedKvStorage } from '@tessera/kv/simulated';
import type { Measure } from '../oracle/bounds.js';
import { OracleViolation } from '../oracle/violation.js';

/** What the code of a daemon starts on. */
export type DaemonEnv = Env & { readonly kv: KvEngine; readonly log: Log };

/** A daemon that serves. */
export interface Running {
  /** Whether it does all that is asked of it, not just part. */
  isReady(): boolean;
  /** What it holds for those who ask it. */
  measures(): Measure[];
  close(): Promise<void>;
}

/** Starts the daemon's code; `onFatal` is how it gives up later. */
export type Start = (env: DaemonEnv, onFatal: (error: Error) => void) => Promise<Running>;

export interface DaemonOptions {
  world: SimulatedWorld;
  host: SimulatedHost;
  name: string;
  storage: SimulatedKvStorage;
  log: Log;
  start: Start;
  events: DaemonEvents;
}

/** What comes of a daemon that has given up: it is started again, or never. */
export type Verdict = 'restart' | 'lost';

export interface DaemonEvents {
  /** An incarnation begins. */
  launched(daemon: Daemon): void;
  died(daemon: Daemon, kind: CrashKind): void;
  /** The host lost what was not synced, whether or not the daemon was alive. */
  lostPower(daemon: Daemon): void;
  /** A daemon gives up. Undefined when no fault explains it. */
  gaveUp(daemon: Daemon, thrown: unknown): Verdict | undefined;
  /** No fault explains what the daemon did. */
  failed(violation: OracleViolation): void;
}

/** A stop in order takes no longer than this. */
const STOP_MS_MAX = 60_000;

/** One daemon of the simulated cluster through all its incarnations, alone on its host. */
export class Daemon {
  readonly name: string;
  readonly host: SimulatedHost;
  readonly #options: DaemonOptions;
  #process: SimulatedProcess | undefined;
  #running: Running | undefined;
  #stopping = false;
  #isExcused = false;
  #isLost = false;
  #isHeld = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.name = options.name;
    this.host = options.host;
  }

  get isAlive(): boolean {
    return this.#process?.alive ?? false;
  }

  get isServing(): boolean {
    return this.#running !== undefined && !this.#stopping;
  }

  get isReady(): boolean {
    return this.isServing && (this.#running?.isReady() ?? false);
  }

  /** Of what runs; nothing while it does not. */
  get measures(): readonly Measure[] {
    return this.#running?.measures() ?? [];
  }

  /** Its host or its disk is gone for good: it never comes back. */
  get isLost(): boolean {
    return this.#isLost;
  }

  launch(): void {
    if (this.#isLost || this.#isHeld || this.isAlive) return;
    const { host, name, storage, log, start, events } = this.#options;
    const process = host.start(name);
    this.#process = process;
    this.#isExcused = false;
    process.onCrash((kind) => this.#died(kind));
    events.launched(this);
    const { clock, random, disk, network } = process;
    const env = { clock, random, disk, network, log, kv: createSimulatedEngine(process, storage) };
    start(env, (error) => this.#gaveUp(process, error)).then(
      (running) => {
        // A crash in the turn of its last call lets a start come to its end all the same.
        if (process.alive) this.#running = running;
      },
      (error) => this.#gaveUp(process, error),
    );
  }

  /** A fault struck this incarnation that is a reason to give up. */
  excuse(): void {
    this.#isExcused = true;
  }

  crash(kind: CrashKind): void {
    if (kind === 'power') this.losePower();
    else this.#process?.crash('kill');
  }

  /** Takes what is not synced also from a host whose daemon is dead already. */
  losePower(): void {
    this.host.crash();
    this.#lostPower();
  }

  /** Ends it, and it never comes back. */
  abandon(): void {
    this.#isLost = true;
    this.crash('kill');
  }

  /** Once it has ended it stays down. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.launch();
  }

  /** The process stands still. */
  freeze(): void {
    this.#process?.freeze();
  }

  thaw(): void {
    this.#process?.thaw();
  }

  /** Ends the daemon as a signal would, once it is not frozen: it closes, then the process is gone. */
  stop(): void {
    this.#process?.whenRunning(() => this.#close());
  }

  #close(): void {
    const running = this.#running;
    const process = this.#process;
    if (!running || !process || this.#stopping) return;
    this.#stopping = true;
    const { world, events, name } = this.#options;
    const overdue = world.scheduler.schedule(STOP_MS_MAX, () => {
      if (process.alive) events.failed(new OracleViolation(`${name} has not stopped within ${STOP_MS_MAX} ms`));
    });
    const end = () => {
      overdue.cancel();
      process.crash('kill');
    };
    running.close().then(end, (error) => {
      if (!isSimulatedCrash(error)) this.#gaveUp(process, error);
      end();
    });
  }

  #died(kind: CrashKind): void {
    this.#running = undefined;
    this.#stopping = false;
    if (kind === 'power') this.#lostPower();
    this.#options.events.died(this, kind);
  }

  #lostPower(): void {
    this.#options.storage.loseUnsynced();
    this.#options.events.lostPower(this);
  }

  /** A daemon that gives up exits, and few have a reason to. */
  #gaveUp(process: SimulatedProcess, thrown: unknown): void {
    if (!process.alive || isSimulatedCrash(thrown)) return;
    const { events } = this.#options;
    const verdict = this.#isExcused ? 'restart' : events.gaveUp(this, thrown);
    if (verdict === undefined) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      events.failed(new OracleViolation(`${this.name} stopped by itself: ${reason}`, { cause: thrown }));
    }
    this.#isLost ||= verdict === 'lost';
    process.crash('kill');
  }
}
