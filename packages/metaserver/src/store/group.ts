import type { CachedEntry } from './cached-entry.js';

/** Settles an operation whose outcome is known; called once its group is durable. */
export interface Waiter {
  settle(): void;
  reject(error: Error): void;
}

/** Transactions that become durable together. It collects until the journal is free, is then sealed and written. */
export class Group {
  /** Entries whose newest value this group wrote when it was sealed, each once. */
  readonly entries: CachedEntry[] = [];
  /** Operations that wrote in the group or saw what it wrote. */
  waiters: Waiter[] = [];
  lastLsn = 0;
  timeNs = 0n;
  /** Memory that its entries take, with every value written. */
  bytes = 0;
  durable = false;
  /** Grows from group to group. */
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  get isEmpty(): boolean {
    return this.lastLsn === 0;
  }
}
