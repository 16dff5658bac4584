import { type Random, randomBelow } from '@tessera/env';
import type { Choose } from '@tessera/env/simulated';
import { applyWrites } from '../memory/store.js';
import { KeyTree, type TreeSnapshot } from '../memory/tree.js';
import type { KvWrite } from '../store.js';

/** LevelDB syncs its tables when it sorts its log in; so does this, every so many applications. */
const UNSYNCED_APPLIES_MAX = 4_096;

/** What a power loss takes of the applications since the last sync: the latest of them, or any. */
export type KvLoss = 'suffix' | 'holes';

/** The contents of one store apart from who has it open: as everyone sees them, and what a power loss can leave. */
export class StoredTree {
  tree = new KeyTree();
  #durable: TreeSnapshot = this.tree.snapshot();
  #unsynced: (readonly KvWrite[])[] = [];

  apply(writes: readonly KvWrite[]): void {
    const copies = writes.map(({ key, value }) => ({
      key: new Uint8Array(key),
      value: value && new Uint8Array(value),
    }));
    applyWrites(this.tree, copies);
    this.#unsynced.push(copies);
    if (this.#unsynced.length >= UNSYNCED_APPLIES_MAX) this.sync();
  }

  /** Everything so far survives a power loss. */
  sync(): void {
    this.#durable = this.tree.snapshot();
    this.#unsynced = [];
  }

  loseUnsynced(random: Random, loss: KvLoss): void {
    const count = randomBelow(random, this.#unsynced.length + 1);
    const survives = (index: number) => (loss === 'suffix' ? index < count : randomBelow(random, 2) === 0);
    this.#keep(this.#unsynced.filter((_, index) => survives(index)));
  }

  /** As `loseUnsynced`: of the applications a prefix survives, as long as `choose` says. */
  loseChosen(choose: Choose): void {
    this.#keep(this.#unsynced.slice(0, choose(this.#unsynced.length + 1)));
  }

  #keep(survivors: readonly (readonly KvWrite[])[]): void {
    this.tree = new KeyTree(this.#durable);
    for (const writes of survivors) applyWrites(this.tree, writes);
    this.sync();
  }
}
