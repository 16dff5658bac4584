import { type Log, silentLog } from '@tessera/env';
import { type SimulatedHost, type SimulatedProcess, SimulatedWorld, type WorldOptions } from '@tessera/env/simulated';
import { createSimulatedEngine, type KvStorageOptions, SimulatedKvStorage } from '@tessera/kv/simulated';
import { BufferPool } from '@tessera/protocol';
import { type OpenStore, openStore, type StoreEnv, type StoreOptions } from '../store/open-store.js';

export const DIRECTORY = '/data/disk';

/** A simulated machine with one chunkserver's disk. */
export class SimulatedMachine {
  readonly world: SimulatedWorld;
  readonly host: SimulatedHost;
  readonly kv: SimulatedKvStorage;
  readonly warnings: string[] = [];
  process: SimulatedProcess;

  constructor(options: WorldOptions, kv?: KvStorageOptions) {
    this.world = new SimulatedWorld(options);
    this.host = this.world.host('host-1');
    this.kv = new SimulatedKvStorage(this.host.random.fork('kv'), kv);
    this.process = this.host.start('chunkserver');
  }

  /** The environment of the running incarnation. */
  get env(): StoreEnv {
    const { clock, random, disk } = this.process;
    return { clock, random, disk, kv: createSimulatedEngine(this.process, this.kv), log: this.#log() };
  }

  /** Starts the next incarnation; the one before must have crashed or closed. */
  restart(): void {
    this.process = this.host.start('chunkserver');
  }

  open(options: Partial<StoreOptions> = {}): Promise<OpenStore> {
    return this.drive(this.openLater(options));
  }

  /** As `open`, for a caller who lets time pass himself. */
  openLater(options: Partial<StoreOptions> = {}): Promise<OpenStore> {
    const pool = new BufferPool({ retainedBytesMax: 64 * 1024 ** 2 });
    return openStore(this.env, { directory: DIRECTORY, pool, logFileBytes: 1024 ** 2, ...options });
  }

  async until(condition: () => boolean, limitMs = 60_000): Promise<void> {
    const end = await this.world.run({ until: condition, untilMs: this.world.nowMs + limitMs });
    if (end !== 'condition') throw new Error(`what was waited for did not happen within ${limitMs} ms`);
  }

  drive<T>(promise: Promise<T>): Promise<T> {
    return this.world.drive(promise);
  }

  #log(): Log {
    const note = (fields: object, message: string) => {
      this.warnings.push(`${message} ${JSON.stringify(fields)}`);
    };
    return { ...silentLog, warn: note, error: note };
  }
}
