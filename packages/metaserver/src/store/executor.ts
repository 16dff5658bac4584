import assert from 'node:assert/strict';
import { TesseraError } from '@tessera/protocol';
import type { CommitPipeline } from './commit-pipeline.js';
import type { Fetcher } from './fetcher.js';
import type { Group } from './group.js';
import type { KeyFilter } from './key-filter.js';
import { GROUP_BYTES_MARK, OPERATIONS_PENDING_MAX, TRANSACTION_KEYS_MAX, UNAPPLIED_BYTES_MARK } from './limits.js';
import { Operation } from './operation.js';
import type { Overlay } from './overlay.js';
import type { Transaction } from './transaction.js';
import type { TransactionRun } from './transaction-run.js';
import type { ValueCache } from './value-cache.js';

export interface ExecutorParts {
  cache: ValueCache;
  filter: KeyFilter;
  overlay: Overlay;
  run: TransactionRun;
  pipeline: CommitPipeline;
  fetcher: Fetcher;
}

/**
 * Runs transaction functions one at a time, on the caller's stack when nothing is in the way. A function that needs
 * keys which are not in memory is parked, and run again from its beginning once they were fetched; others go ahead.
 */
export class Executor {
  readonly #parts: ExecutorParts;
  /** Transactions that wait for the journal or the view to catch up, in order. */
  #waiting: Operation[] = [];
  #pending = 0;
  #refusal: TesseraError | undefined;
  #drained: (() => void) | undefined;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** Operations accepted and not yet answered. */
  get pending(): number {
    return this.#pending;
  }

  /** Transactions that wait for the journal or the view. */
  get waiting(): number {
    return this.#waiting.length;
  }

  submit<T>(body: (tx: Transaction) => T, readOnly: boolean): Promise<T> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    if (this.#parts.run.isActive) return Promise.reject(new Error('bug: a transaction within a transaction function'));
    if (this.#pending >= OPERATIONS_PENDING_MAX) {
      const message = `the metaserver has ${OPERATIONS_PENDING_MAX} operations waiting: try again in a moment`;
      return Promise.reject(new TesseraError('OVERLOADED', message));
    }
    this.#pending++;
    return new Promise<T>((resolve, reject) => {
      const operation = new Operation(
        body,
        readOnly,
        (value) => {
          this.#settled();
          resolve(value as T);
        },
        (error) => {
          this.#settled();
          reject(error);
        },
      );
      this.#runOrWait(operation);
    });
  }

  /** The journal or the view has caught up: runs what waited for it. */
  unblock(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    let taken = 0;
    while (taken < waiting.length && !this.#isBlocked()) this.#run(waiting[taken++] as Operation);
    this.#waiting = waiting.slice(taken);
  }

  /** Runs operations again whose keys are in memory now. The keys of those that must wait stay there. */
  resume(operations: readonly Operation[]): void {
    for (const operation of operations) this.#runOrWait(operation);
    this.#parts.cache.trim();
  }

  /** Refuses operations from now on; those accepted go on. Resolves when all were answered. */
  close(refusal: TesseraError): Promise<void> {
    this.#refusal ??= refusal;
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  /** Refuses operations from now on, and those that wait here. */
  fail(error: TesseraError): void {
    this.#refusal = error;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const operation of waiting) operation.reject(error);
  }

  #runOrWait(operation: Operation): void {
    if (!operation.readOnly && (this.#waiting.length > 0 || this.#isBlocked())) this.#waiting.push(operation);
    else this.#run(operation);
  }

  #isBlocked(): boolean {
    const { overlay } = this.#parts;
    return overlay.open.bytes > GROUP_BYTES_MARK || overlay.unappliedBytes > UNAPPLIED_BYTES_MARK;
  }

  #settled(): void {
    this.#pending--;
    if (this.#pending === 0) this.#drained?.();
  }

  #run(operation: Operation): void {
    const { run, pipeline, fetcher, cache } = this.#parts;
    try {
      const value = run.perform(operation.body, pipeline.nextLsn, operation.readOnly);
      assert(!(value instanceof Promise), 'a transaction function must be synchronous');
      operation.succeeded(value);
    } catch (error) {
      operation.threw(error);
      run.writes.clear();
    }
    if (run.missing.size > 0) {
      if (operation.pins.length + run.missing.size <= TRANSACTION_KEYS_MAX) {
        fetcher.fetch(operation, run.missing);
        return;
      }
      const message = `a metadata transaction waits for more than ${TRANSACTION_KEYS_MAX} keys: split the work`;
      operation.threw(new TesseraError('TOO_LARGE', message));
      run.writes.clear();
    }
    const observed = this.#commit() ?? run.observed;
    for (const entry of operation.pins) cache.unpin(entry);
    if (observed === undefined || observed.durable) operation.settle();
    else observed.waiters.push(operation);
  }

  /** Writes what the run wrote to the open group. Returns the group, or undefined when nothing changed. */
  #commit(): Group | undefined {
    const { run, cache, filter, overlay, pipeline } = this.#parts;
    let changed = false;
    if (run.writes.size === 0) return undefined;
    for (const [key, { content, entry }] of run.writes) {
      const wasAbsent = entry === undefined || entry.isAbsent;
      // Deleting what is not there changes nothing.
      if (content === undefined && wasAbsent) continue;
      if (wasAbsent) filter.add(key);
      overlay.write(entry ?? cache.add(key, undefined, 0n), content);
      changed = true;
    }
    if (!changed) return undefined;
    return pipeline.committed(run.lastTimeNs);
  }
}
