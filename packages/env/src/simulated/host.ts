import { SimulatedDisk } from './disk/disk.js';
import type { DiskSettings } from './disk/settings.js';
import { SimulatedProcess } from './process.js';
import type { SimulatedRandom } from './random.js';
import type { SimulatedWorld } from './world.js';

/** Clocks of hosts that have just started differ by up to this much. */
const MONOTONIC_ORIGIN_MS_MAX = 1_000_000;

/** A machine: a name on the network, a disk and a wall clock that outlive the processes on it. */
export class SimulatedHost {
  readonly world: SimulatedWorld;
  readonly name: string;
  readonly disk: SimulatedDisk;
  readonly random: SimulatedRandom;
  readonly #processes = new Set<SimulatedProcess>();
  readonly #incarnations = new Map<string, number>();
  readonly #originMs: number;
  #skewMs = 0;
  #powered = true;

  constructor(world: SimulatedWorld, name: string, disk: Partial<DiskSettings>) {
    this.world = world;
    this.name = name;
    this.random = world.random.fork(`host ${name}`);
    this.disk = new SimulatedDisk(this.random.fork('disk'), disk);
    this.#originMs = this.random.uint32() % MONOTONIC_ORIGIN_MS_MAX;
  }

  /** Starts the next incarnation of the process of that name; a power loss on this host is over then. */
  start(name: string): SimulatedProcess {
    const incarnation = (this.#incarnations.get(name) ?? 0) + 1;
    this.#incarnations.set(name, incarnation);
    this.#powered = true;
    const process = new SimulatedProcess(this, name, incarnation);
    this.#processes.add(process);
    this.world.trace.record(this.world.nowMs, name, incarnation, 'start');
    return process;
  }

  /** Power loss: every process dies, and of what was not synced only a random part survives. */
  crash(): void {
    this.#powered = false;
    for (const process of [...this.#processes]) process.die('power');
    this.disk.loseUnsynced();
  }

  /** False from a power loss until the next start: such a host answers nothing, not even with a refusal. */
  get powered(): boolean {
    return this.#powered;
  }

  /** Part of a crash. */
  forget(process: SimulatedProcess): void {
    this.#processes.delete(process);
  }

  /** Moves the wall clock of this host; monotonic time goes on undisturbed. */
  jumpWall(byMs: number): void {
    this.#skewMs += byMs;
  }

  wallNs(): bigint {
    return this.world.startWallNs + BigInt(Math.round((this.world.nowMs + this.#skewMs) * 1e6));
  }

  monotonicMs(): number {
    return this.world.nowMs + this.#originMs;
  }
}
