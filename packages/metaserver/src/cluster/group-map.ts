import { readUint32 } from '@tessera/protocol';
import { pgKey, Table } from '../records/keys.js';
import { decodePlacementGroup, type PlacementGroupRecord } from '../records/placement-group.js';
import type { MetadataStore } from '../store/transaction.js';

const GROUPS_PER_SCAN = 1_000;

/** All placement groups, read from the store again whenever a transaction may have changed them. */
export class GroupMap {
  #groups: ReadonlyMap<number, PlacementGroupRecord> = new Map();
  #changes = 1;
  #readChanges = 0;
  #reading: Promise<void> | undefined;

  /** By number, as of the last refresh. */
  get groups(): ReadonlyMap<number, PlacementGroupRecord> {
    return this.#groups;
  }

  changed(): void {
    this.#changes++;
  }

  /** Takes over every change announced before it resolves. */
  async refresh(store: MetadataStore): Promise<void> {
    while (this.#readChanges < this.#changes) {
      this.#reading ??= this.#read(store).finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
  }

  async #read(store: MetadataStore): Promise<void> {
    const changes = this.#changes;
    const groups = new Map<number, PlacementGroupRecord>();
    const to = Uint8Array.of(Table.PG + 1);
    let from = pgKey(0);
    for (;;) {
      const entries = await store.scan({ from, to }, GROUPS_PER_SCAN);
      for (const { key, value } of entries) groups.set(readUint32(key, 1), decodePlacementGroup(value));
      const last = entries.at(-1);
      if (last === undefined || entries.length < GROUPS_PER_SCAN) break;
      from = Uint8Array.of(...last.key, 0);
    }
    this.#groups = groups;
    this.#readChanges = changes;
  }
}
