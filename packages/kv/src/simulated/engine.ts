import type { FailureFrom, SimulatedProcess } from '@tessera/env/simulated';
import { closedError } from '../memory/errors.js';
import { SnapshotPages } from '../memory/snapshot-pages.js';
import { PagedScan } from '../paged-scan.js';
import {
  type KvEngine,
  type KvEntry,
  KvError,
  type KvErrorCode,
  type KvRange,
  type KvStore,
  type KvWrite,
} from '../store.js';
import type { SimulatedKvStorage } from './storage.js';
import type { StoredTree } from './stored.js';

/** The stores of a host as one incarnation of a process uses them: its calls can be crashed at, delayed and failed. */
export function createSimulatedEngine(process: SimulatedProcess, storage: SimulatedKvStorage): KvEngine {
  return {
    open: (path) =>
      process.callAsync(
        'kv.open',
        path,
        storage.delayMs(),
        () => {
          const { stored, close } = storage.open(path, process);
          return new SimulatedKvStore(process, storage, path, stored, close);
        },
        injectedFailure(path),
      ),
    destroy: (path) =>
      process.callAsync('kv.destroy', path, storage.delayMs(), () => storage.destroy(path), injectedFailure(path)),
  };
}

class SimulatedKvStore implements KvStore {
  readonly #process: SimulatedProcess;
  readonly #storage: SimulatedKvStorage;
  readonly #path: string;
  readonly #stored: StoredTree;
  readonly #release: () => void;
  readonly #failure: FailureFrom;
  readonly #waiting: (readonly KvWrite[])[] = [];
  #open = true;
  #closing: Promise<void> | undefined;

  constructor(
    process: SimulatedProcess,
    storage: SimulatedKvStorage,
    path: string,
    stored: StoredTree,
    release: () => void,
  ) {
    this.#process = process;
    this.#storage = storage;
    this.#path = path;
    this.#stored = stored;
    this.#release = release;
    this.#failure = injectedFailure(path);
  }

  getSync(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen('read');
    return this.#process.callSync('kv.get', this.#path, () => this.#stored.tree.get(key), this.#failure);
  }

  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return this.#call('getMany', 'read', () => keys.map((key) => this.#stored.tree.get(key)));
  }

  scan(range: KvRange): AsyncIterableIterator<KvEntry[]> {
    this.#assertOpen('scan');
    const pages = new SnapshotPages(this.#stored.tree.snapshot(), range);
    return new PagedScan({
      next: () =>
        this.#call('scan', 'scan', () => {
          if (!this.#open) throw closedError('scan', this.#path);
          return pages.next();
        }),
      end: async () => {},
    });
  }

  /** Takes effect when it resolves, or before if a later one is faster: in call order. */
  apply(writes: readonly KvWrite[]): Promise<void> {
    const process = this.#process;
    return new Promise((resolve, reject) => {
      this.#assertOpen('write');
      const applied = process.start<void>('kv.apply', this.#path, undefined, (fault, done, fail) => {
        const latencyMs = this.#storage.delayMs() + (fault?.type === 'delay' ? fault.delayMs : 0);
        for (const { key, value } of writes) process.host.world.trace.record(key, value ?? '');
        if (fault?.type !== 'error') this.#waiting.push(writes);
        process.schedule(latencyMs, () => {
          if (fault?.type === 'error') {
            fail(this.#failure(fault.code));
            return;
          }
          this.#applyThrough(writes);
          process.leave(fault);
          done();
        });
      });
      applied.then(resolve, reject);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#process.callAsync('kv.close', this.#path, this.#storage.delayMs(), () => {
      this.#applyThrough(this.#waiting.at(-1));
      this.#open = false;
      this.#release();
    });
    return this.#closing;
  }

  /** Applies what waits, in order, up to these writes if they still wait. */
  #applyThrough(last: readonly KvWrite[] | undefined): void {
    const count = last === undefined ? 0 : this.#waiting.indexOf(last) + 1;
    for (const writes of this.#waiting.splice(0, count)) this.#stored.apply(writes);
  }

  async #call<T>(name: string, action: string, effect: () => T): Promise<T> {
    this.#assertOpen(action);
    return this.#process.callAsync(`kv.${name}`, this.#path, this.#storage.delayMs(), effect, this.#failure);
  }

  #assertOpen(action: string): void {
    if (this.#closing) throw closedError(action, this.#path);
  }
}

/** An error that a fault put into a call. */
function injectedFailure(path: string): FailureFrom {
  return (code) => new KvError(code as KvErrorCode, `the simulated store at ${path} reports ${code}`);
}
