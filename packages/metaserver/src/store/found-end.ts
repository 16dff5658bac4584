import type { TesseraError } from '@tessera/protocol';
import type { StoreDirectories } from './directories.js';
import type { Recovered } from './recovery.js';
import type { JournalEnd, StoreEntry } from './transaction.js';
import { witnessedLoss } from './witnessed-loss.js';

/** What a start has found, before it adds anything to the journal. */
export class FoundEnd {
  readonly #recovered: Recovered;
  readonly #directories: StoreDirectories;

  constructor(recovered: Recovered, directories: StoreDirectories) {
    this.#recovered = recovered;
    this.#directories = directories;
  }

  /** Highest era that the journal has seen. */
  get era(): number {
    return this.#recovered.era;
  }

  /** Of the last good group. */
  get lsn(): number {
    return this.#recovered.position.lsn;
  }

  /** Behind the last good group is a torn or damaged one. */
  get tailDropped(): boolean {
    return this.#recovered.tailDropped;
  }

  /** What the journal lacks, DATA_LOSS, given an end of it that someone else saw; undefined when it lacks nothing. */
  loss(witness: JournalEnd): TesseraError | undefined {
    return witnessedLoss(this.#recovered.groupEnds, witness, this.#directories.root);
  }

  /** The entries of a table, in key order. */
  async *table(table: number): AsyncGenerator<StoreEntry> {
    const range = { from: Uint8Array.of(table), to: Uint8Array.of(table + 1) };
    for await (const page of this.#recovered.view.scan(range)) yield* page;
  }
}
