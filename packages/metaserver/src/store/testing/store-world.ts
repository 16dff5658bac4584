import { silentLog } from '@tessera/env';
import { type SimulatedHost, type SimulatedProcess, SimulatedWorld } from '@tessera/env/simulated';
import type { KvEngine } from '@tessera/kv';
import { createSimulatedEngine, SimulatedKvStorage } from '@tessera/kv/simulated';
import type { TesseraError } from '@tessera/protocol';
import { openStore } from '../open-store.js';
import type { JournaledStore } from '../store.js';
import type { StoreLimits, StoreOptions } from '../store-options.js';

export const DIRECTORY = '/data/metadata';
export const VIEW_PATH = `${DIRECTORY}/view`;

/** Groups reach the view at once, so that it takes part in what tests do. */
const LIMITS: Partial<StoreLimits> = { journalFillBytes: 16 * 1024, applyEntriesMark: 1 };

/** One store on a simulated host that survives its incarnations. */
export class StoreWorld {
  readonly world: SimulatedWorld;
  readonly host: SimulatedHost;
  readonly storage: SimulatedKvStorage;
  /** What onFatal got, over all incarnations. */
  readonly fatal: TesseraError[] = [];
  process: SimulatedProcess;
  /** Changes how stores that are opened from now on see their view. */
  wrapEngine: (engine: KvEngine, process: SimulatedProcess) => KvEngine = (engine) => engine;

  constructor(seed: number | string, options: { junkAfterPowerLoss?: boolean } = {}) {
    this.world = new SimulatedWorld({ seed, disk: options });
    this.host = this.world.host('host-1');
    this.host.disk.prepareDirectory('/data');
    this.storage = new SimulatedKvStorage(this.world.random.fork('kv'));
    this.process = this.host.start('metaserver');
  }

  /** Starts another incarnation; the previous one must have crashed or closed its store. */
  async open(limits: Partial<StoreLimits> = {}, options: Partial<StoreOptions> = {}): Promise<JournaledStore> {
    this.process = this.host.start('metaserver');
    return this.drive(this.openHere(limits, options));
  }

  openHere(limits: Partial<StoreLimits> = {}, options: Partial<StoreOptions> = {}): Promise<JournaledStore> {
    const { clock, random, disk } = this.process;
    const kv = this.wrapEngine(createSimulatedEngine(this.process, this.storage), this.process);
    return openStore(
      { clock, random, disk, kv, log: silentLog },
      {
        directory: DIRECTORY,
        onFatal: (error) => this.fatal.push(error),
        checkInserts: true,
        ...options,
        limits: { ...LIMITS, ...limits },
      },
    );
  }

  drive<T>(promise: Promise<T>): Promise<T> {
    return this.world.drive(promise);
  }

  /** Lets virtual time pass until the store's own check after the start is done, or it has failed. */
  async untilChecked(store: JournaledStore): Promise<void> {
    const failures = this.fatal.length;
    await this.world.run({ until: () => store.checked || this.fatal.length > failures });
  }

  /** Lets everything come to rest. */
  async settle(): Promise<void> {
    await this.world.run({ untilMs: this.world.nowMs + 5_000 });
  }

  /** Paths of the files in a directory of the store, sorted. */
  files(directory: 'journal' | 'checkpoint'): string[] {
    return this.host.disk.paths().filter((path) => path.startsWith(`${DIRECTORY}/${directory}/`));
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function key(text: string): Uint8Array {
  return encoder.encode(text);
}

export const value = key;

export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decoder.decode(bytes);
}

/** Everything in the store, as text. */
export async function contents(store: JournaledStore): Promise<[string, string][]> {
  const entries = await store.scan({ from: Uint8Array.of(1), to: Uint8Array.of(0xff) }, 100_000);
  return entries.map((entry) => [decoder.decode(entry.key), decoder.decode(entry.value)]);
}
