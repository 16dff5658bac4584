import assert from 'node:assert/strict';
import { type Random, randomBelow } from '@tessera/env';
import type { JournaledStore } from '../store.js';
import { contents, key, text, value } from './store-world.js';

const KEYS = 20;
const WRITES_MAX = 4;

interface Tried {
  name: string;
  writes: [key: string, value: string | undefined][];
  /** The commit sequence of its last run. */
  sequence: bigint;
  acknowledged: boolean;
}

/**
 * What clients of one store have tried and been told. Each transaction leaves a record of its own beside its writes, so
 * that it can be seen afterwards which ones took place.
 */
export class History {
  readonly #tried = new Map<string, Tried>();
  /** Names of transactions whose effect someone was shown. */
  readonly #shown = new Set<string>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** One client: transactions and reads, one after another, until the store answers no more. */
  async client(store: JournaledStore, operations: number): Promise<void> {
    for (let count = 0; count < operations; count++) {
      switch (randomBelow(this.#random, 4)) {
        case 0:
          this.#show(await store.read((tx) => text(tx.get(key(this.#key())))));
          break;
        case 1:
          for (const [, content] of await contents(store)) this.#show(content);
          break;
        default:
          await this.#transact(store);
      }
    }
  }

  /** What the store holds now must be the effect of whole transactions, all acknowledged and shown ones among them. */
  async check(store: JournaledStore): Promise<void> {
    const found = new Map(await contents(store));
    const done = [...this.#tried.values()].filter(({ name }) => found.has(`t${name}`));
    for (const tried of this.#tried.values()) {
      const { name, acknowledged } = tried;
      if (acknowledged) assert(done.includes(tried), `the acknowledged transaction ${name} is gone`);
      if (this.#shown.has(name)) assert(done.includes(tried), `the transaction ${name} was shown and is gone`);
    }
    done.sort((left, right) => (left.sequence < right.sequence ? -1 : 1));
    const expected = new Map<string, string>();
    for (const { name, writes, sequence } of done) {
      assert.equal(found.get(`t${name}`), `${name} ${sequence}`);
      expected.set(`t${name}`, `${name} ${sequence}`);
      for (const [target, content] of writes) {
        if (content === undefined) expected.delete(target);
        else expected.set(target, content);
      }
    }
    assert.deepEqual([...found].sort(), [...expected].sort());
    for (const tried of this.#tried.values()) if (!done.includes(tried)) this.#tried.delete(tried.name);
  }

  async #transact(store: JournaledStore): Promise<void> {
    const name = `${store.era}.${this.#random.uint32()}`;
    const tried: Tried = { name, writes: [], sequence: 0n, acknowledged: false };
    for (let count = randomBelow(this.#random, WRITES_MAX); count >= 0; count--) {
      const isDelete = randomBelow(this.#random, 4) === 0;
      const filler = 'x'.repeat(randomBelow(this.#random, 600));
      tried.writes.push([this.#key(), isDelete ? undefined : `${name} ${filler}`]);
    }
    this.#tried.set(name, tried);
    await store.transact((tx) => {
      tried.sequence = tx.commitSequence;
      for (const [target, content] of tried.writes) {
        if (content === undefined) tx.delete(key(target));
        else tx.put(key(target), value(content));
      }
      tx.insert(key(`t${name}`), value(`${name} ${tx.commitSequence}`));
    });
    tried.acknowledged = true;
  }

  #show(content: string | undefined): void {
    if (content !== undefined) this.#shown.add(content.split(' ')[0] as string);
  }

  #key(): string {
    return `k${randomBelow(this.#random, KEYS)}`;
  }
}
