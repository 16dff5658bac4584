import { type Id, makeId } from '@tessera/protocol';
import type { JournalEnd, MetadataStore, StoreEntry, Transaction } from '../store/transaction.js';

/**
 * A metadata store without journal or disk, for tests of what runs on it. Every body runs twice, the first time for
 * nothing, as bodies do whose keys are not in memory.
 */
export class MemoryStore implements MetadataStore {
  readonly era = 1;
  readonly checkpointSequence = 0n;
  readonly entries = new Map<string, Uint8Array>();
  nowNs = 1_000n;
  #sequence = 0n;
  #counter = 1;

  get durable(): JournalEnd {
    return { era: this.era, lsn: this.#sequence, chain: new Uint8Array(32) };
  }

  async transact<T>(body: (tx: Transaction) => T): Promise<T> {
    return this.run(body);
  }

  async read<T>(body: (tx: Transaction) => T): Promise<T> {
    return this.run(body);
  }

  /** As `transact`, at once. A body that throws leaves nothing behind. */
  run<T>(body: (tx: Transaction) => T): T {
    try {
      this.#perform(body);
    } catch {
      // The second run throws again.
    }
    const { result, writes } = this.#perform(body);
    for (const [name, value] of writes) {
      if (value === undefined) this.entries.delete(name);
      else this.entries.set(name, value);
    }
    this.#sequence++;
    return result;
  }

  #perform<T>(body: (tx: Transaction) => T): { result: T; writes: Map<string, Uint8Array | undefined> } {
    const writes = new Map<string, Uint8Array | undefined>();
    const get = (key: Uint8Array) => {
      const name = hex(key);
      return writes.has(name) ? writes.get(name) : this.entries.get(name);
    };
    const result = body({
      nowNs: this.nowNs,
      commitSequence: this.#sequence + 1n,
      get,
      getRecord(key, decode) {
        const value = get(key);
        return value === undefined ? undefined : decode(value);
      },
      prefetch() {},
      newId: (): Id => makeId(this.era, this.#counter++),
      put: (key, value) => void writes.set(hex(key), value),
      putRecord: (key, record, encode) => void writes.set(hex(key), encode(record)),
      insert(key, value) {
        if (get(key) !== undefined) throw new Error(`bug: ${hex(key)} is inserted and exists`);
        writes.set(hex(key), value);
      },
      delete: (key) => void writes.set(hex(key), undefined),
    });
    return { result, writes };
  }

  async scan(range: { from: Uint8Array; to: Uint8Array; reverse?: boolean }, limit: number): Promise<StoreEntry[]> {
    const [from, to] = [hex(range.from), hex(range.to)];
    const names = [...this.entries.keys()].filter((name) => name >= from && name < to).sort();
    if (range.reverse) names.reverse();
    return names.slice(0, limit).map((name) => ({
      key: Buffer.from(name, 'hex'),
      value: this.entries.get(name) as Uint8Array,
    }));
  }

  /** Does nothing: a memory store has nothing to doubt. */
  checkWitness(): boolean {
    return true;
  }

  async close(): Promise<void> {}
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
