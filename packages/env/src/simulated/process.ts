import type { Timer } from '../clock.js';
import type { Disk } from '../disk.js';
import type { Env } from '../env.js';
import type { Network } from '../network.js';
import { SimulatedClock } from './clock.js';
import { type CrashKind, never, SimulatedCrash } from './crash.js';
import { ProcessDisk } from './disk/process-disk.js';
import type { Fault } from './fault.js';
import type { SimulatedHost } from './host.js';
import { ProcessNetwork } from './network/process-network.js';
import type { SimulatedRandom } from './random.js';

/** What a call failed with, from the code that a fault injected. */
export type FailureFrom = (code: string) => Error;

/**
 * One incarnation of a simulated process: all it does to the outside goes through here. After `crash` its timers never
 * fire, its asynchronous calls never settle, and its synchronous ones throw SimulatedCrash.
 */
export class SimulatedProcess implements Env {
  readonly name: string;
  readonly incarnation: number;
  readonly host: SimulatedHost;
  readonly clock: SimulatedClock;
  readonly random: SimulatedRandom;
  readonly disk: Disk;
  readonly network: Network;
  #alive = true;
  /** What comes to a process that stands still, in order; undefined while it runs. */
  #held: (() => void)[] | undefined;
  readonly #crashListeners = new Set<(kind: CrashKind) => void>();

  constructor(host: SimulatedHost, name: string, incarnation: number) {
    this.host = host;
    this.name = name;
    this.incarnation = incarnation;
    this.random = host.random.fork(`${name}.${incarnation}`);
    this.clock = new SimulatedClock(this);
    this.disk = new ProcessDisk(this, host.disk);
    this.network = new ProcessNetwork(this, host.world.fabric);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Stops this process as SIGSTOP, or a suspended machine, does: none of its code runs, while clocks, the network and
   * other processes go on. What comes to it waits.
   */
  freeze(): void {
    if (!this.#alive || this.#held) return;
    this.#held = [];
    this.host.world.trace.record(this.host.world.nowMs, this.name, this.incarnation, 'freeze');
  }

  /** It goes on where it stopped: all timers that are due fire, all that came meanwhile is there at once. */
  thaw(): void {
    const held = this.#held;
    if (!this.#alive || !held) return;
    this.#held = undefined;
    this.host.world.trace.record(this.host.world.nowMs, this.name, this.incarnation, 'thaw');
    for (const callback of held) this.host.world.scheduler.schedule(0, () => this.whenRunning(callback));
  }

  /** Runs code of this process: at once, or when it is thawed, and never once it is dead. */
  whenRunning(callback: () => void): void {
    if (!this.#alive) return;
    if (this.#held) this.#held.push(callback);
    else callback();
  }

  /** Ends this incarnation; with `power` (the default) everything else on its host, and what was not synced. */
  crash(kind: CrashKind = 'power'): void {
    if (!this.#alive) return;
    if (kind === 'power') this.host.crash();
    else this.die(kind);
  }

  /** Part of a crash: call `crash` instead. */
  die(kind: CrashKind): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#held = undefined;
    this.host.world.trace.record(this.host.world.nowMs, this.name, this.incarnation, 'crash', kind);
    this.host.forget(this);
    for (const listener of this.#crashListeners) listener(kind);
    this.#crashListeners.clear();
  }

  /** Tells a part of the environment that the incarnation has ended. Returns what undoes it. */
  onCrash(listener: (kind: CrashKind) => void): () => void {
    this.#crashListeners.add(listener);
    return () => this.#crashListeners.delete(listener);
  }

  assertAlive(): void {
    if (!this.#alive) throw new SimulatedCrash(this.name);
  }

  /** A timer that dies with this incarnation. It is not a call: no fault strikes here. */
  schedule(delayMs: number, callback: () => void): Timer {
    const event = this.host.world.scheduler.schedule(delayMs, () => {
      if (!this.#held) {
        if (this.#alive) callback();
        return;
      }
      this.#held.push(() => {
        // What ran since the thaw may have cancelled it.
        if (event.callback) callback();
      });
    });
    return event;
  }

  /** Records a call and asks what befalls it. A crash before its effect happens here, and throws. */
  enter(kind: string, subject: string, bytes?: Uint8Array): Fault | undefined {
    this.assertAlive();
    const fault = this.host.world.enter(this, kind, subject, bytes);
    if (fault?.type === 'crash' && fault.when === 'before') {
      this.crash(fault.kind);
      throw new SimulatedCrash(this.name);
    }
    return fault;
  }

  /** Part of a call: the crash after its effect, if that is what befell it. Throws then. */
  leave(fault: Fault | undefined): void {
    if (fault?.type !== 'crash') return;
    this.crash(fault.kind);
    throw new SimulatedCrash(this.name);
  }

  /** A synchronous call: `effect` happens at once. */
  callSync<T>(kind: string, subject: string, effect: (fault: Fault | undefined) => T, failure?: FailureFrom): T {
    const fault = this.enter(kind, subject);
    if (fault?.type === 'error' && failure) throw failure(fault.code);
    const result = effect(fault);
    this.leave(fault);
    return result;
  }

  /** An asynchronous call: `effect` happens, and the promise settles, `latencyMs` from now. */
  callAsync<T>(kind: string, subject: string, latencyMs: number, effect: () => T, failure?: FailureFrom): Promise<T> {
    return this.start<T>(kind, subject, undefined, (fault, resolve, reject) => {
      const delayMs = latencyMs + (fault?.type === 'delay' ? fault.delayMs : 0);
      this.schedule(delayMs, () => {
        let result: T;
        try {
          if (fault?.type === 'error' && failure) throw failure(fault.code);
          result = effect();
        } catch (error) {
          reject(error);
          return;
        }
        this.leave(fault);
        resolve(result);
      });
    });
  }

  /** An asynchronous call that settles by its own means; it neither settles nor throws once the incarnation is dead. */
  start<T>(
    kind: string,
    subject: string,
    bytes: Uint8Array | undefined,
    begin: (fault: Fault | undefined, resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    let fault: Fault | undefined;
    try {
      fault = this.enter(kind, subject, bytes);
    } catch (error) {
      if (error instanceof SimulatedCrash) return never();
      throw error;
    }
    return new Promise<T>((resolve, reject) => {
      const settle = <V>(how: (value: V) => void) => {
        return (value: V) => this.whenRunning(() => how(value));
      };
      try {
        begin(fault, settle(resolve), settle(reject));
      } catch (error) {
        if (!(error instanceof SimulatedCrash)) reject(error);
      }
    });
  }
}
