import type { CachedEntry } from './cached-entry.js';
import type { Waiter } from './group.js';
import type { Transaction } from './transaction.js';

/** One call of the store, until it is answered. */
export class Operation implements Waiter {
  readonly body: (tx: Transaction) => unknown;
  readonly readOnly: boolean;
  /** Entries that were fetched for it: they stay in memory until its last run. */
  readonly pins: CachedEntry[] = [];
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  #value: unknown;
  #failed = false;

  constructor(
    body: (tx: Transaction) => unknown,
    readOnly: boolean,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.body = body;
    this.readOnly = readOnly;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** What `settle` will answer; the last run counts. */
  succeeded(value: unknown): void {
    this.#value = value;
    this.#failed = false;
  }

  threw(error: unknown): void {
    this.#value = error;
    this.#failed = true;
  }

  settle(): void {
    if (this.#failed) this.#reject(this.#value);
    else this.#resolve(this.#value);
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}
