import type { CachedEntry } from './cached-entry.js';
import type { Group } from './group.js';
import type { EncodedPayload, GroupWrite } from './group-payload.js';
import type { JournalPosition } from './journal-position.js';
import type { Overlay } from './overlay.js';
import type { StoreLimits } from './store-options.js';
import type { View, ViewState } from './view.js';

export interface DurableGroup extends EncodedPayload {
  group: Group;
  position: JournalPosition;
}

export interface ApplierParts {
  view: View;
  overlay: Overlay;
  limits: Pick<StoreLimits, 'applyEntriesMark' | 'applyBytesMark'>;
}

export interface ApplierEvents {
  applied(): void;
  failed(error: unknown): void;
}

/**
 * Brings durable groups into the view, in order and many at once: what keys held in between the view never hears of.
 * Until then they are in memory, so nothing is gained by hurry.
 */
export class Applier {
  readonly #parts: ApplierParts;
  readonly #state: ViewState;
  readonly #events: ApplierEvents;
  #position: JournalPosition;
  #queue: DurableGroup[] = [];
  /** What the queued groups come to: for each key the last write, `isNew` when the view lacks the key. */
  #writes = new Map<CachedEntry, GroupWrite>();
  #queuedBytes = 0;
  #applying: Promise<void> | undefined;
  /** Apply all that is queued, however little. */
  #flush = false;
  #betweenBatches: (() => void)[] = [];

  constructor(parts: ApplierParts, state: ViewState, position: JournalPosition, events: ApplierEvents) {
    this.#parts = parts;
    this.#state = state;
    this.#position = position;
    this.#events = events;
  }

  push(durable: DurableGroup): void {
    const { group, writes } = durable;
    this.#queue.push(durable);
    this.#queuedBytes += group.bytes;
    for (const [index, entry] of group.entries.entries()) {
      const write = writes[index] as GroupWrite;
      // The entry of a key stays the same one until the view has what was written to it.
      const earlier = this.#writes.get(entry);
      if (earlier === undefined) this.#writes.set(entry, write);
      else earlier.value = write.value;
    }
    if (this.#isDue()) this.#start();
  }

  /** Resolves when the view has everything pushed, or has failed. */
  async caughtUp(): Promise<void> {
    if (this.#queue.length > 0) {
      this.#flush = true;
      this.#start();
    }
    await this.#applying;
  }

  /**
   * Calls `begin` at a moment when no batch is on its way and the view has all that was durable at the call: it is
   * exactly at the given state and position.
   */
  atRest<T>(begin: (state: ViewState, position: JournalPosition) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = () => {
        try {
          const { lsn, digests } = this.#state;
          resolve(begin({ lsn, digests: digests.copy() }, this.#position));
        } catch (error) {
          reject(error);
        }
      };
      if (this.#queue.length > 0) {
        this.#flush = true;
        this.#start();
      }
      if (this.#applying) this.#betweenBatches.push(call);
      else call();
    });
  }

  #isDue(): boolean {
    const { applyEntriesMark, applyBytesMark } = this.#parts.limits;
    return this.#flush || this.#writes.size >= applyEntriesMark || this.#queuedBytes >= applyBytesMark;
  }

  #start(): void {
    this.#applying ??= this.#apply();
  }

  async #apply(): Promise<void> {
    try {
      while (this.#queue.length > 0 && this.#isDue()) {
        await this.#applyBatch();
        // Whoever asked for the rest meanwhile is served by the next batch.
        if (this.#queue.length > 0 && this.#flush) continue;
        const calls = this.#betweenBatches;
        this.#betweenBatches = [];
        for (const call of calls) call();
      }
    } catch (error) {
      this.#events.failed(error);
      return;
    }
    this.#applying = undefined;
  }

  async #applyBatch(): Promise<void> {
    const { view, overlay } = this.#parts;
    const batch = this.#queue;
    const writes: GroupWrite[] = [];
    // What came and went in between the view need not be told.
    for (const write of this.#writes.values()) if (write.value !== undefined || !write.isNew) writes.push(write);
    this.#queue = [];
    this.#writes = new Map();
    this.#queuedBytes = 0;
    this.#flush = false;
    const { position } = batch[batch.length - 1] as DurableGroup;
    this.#state.lsn = position.lsn;
    for (const { digests } of batch) for (const [table, sum] of digests) this.#state.digests.set(table, sum);
    await view.apply(writes, this.#state);
    this.#position = position;
    for (const { group } of batch) overlay.applied(group);
    this.#events.applied();
  }
}
