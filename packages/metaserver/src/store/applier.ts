import type { Group } from './group.js';
import type { EncodedPayload } from './group-payload.js';
import type { JournalPosition } from './journal-position.js';
import { APPLY_ENTRIES_MARK } from './limits.js';
import type { Overlay } from './overlay.js';
import type { View, ViewState } from './view.js';

export interface DurableGroup extends EncodedPayload {
  group: Group;
  position: JournalPosition;
}

export interface ApplierEvents {
  applied(): void;
  failed(error: unknown): void;
}

/** Brings durable groups into the view, in order; several at once when they queue up. */
export class Applier {
  readonly #view: View;
  readonly #overlay: Overlay;
  readonly #state: ViewState;
  readonly #events: ApplierEvents;
  #position: JournalPosition;
  #queue: DurableGroup[] = [];
  #applying: Promise<void> | undefined;
  #betweenBatches: (() => void)[] = [];

  constructor(view: View, overlay: Overlay, state: ViewState, position: JournalPosition, events: ApplierEvents) {
    this.#view = view;
    this.#overlay = overlay;
    this.#state = state;
    this.#position = position;
    this.#events = events;
  }

  push(durable: DurableGroup): void {
    this.#queue.push(durable);
    this.#applying ??= this.#apply();
  }

  /** Resolves when the view has everything pushed, or has failed. */
  async caughtUp(): Promise<void> {
    await this.#applying;
  }

  /** Calls `begin` at a moment when no batch is on its way: the view is exactly at the given state and position. */
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
      if (this.#applying) this.#betweenBatches.push(call);
      else call();
    });
  }

  async #apply(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        await this.#applyBatch();
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
    let count = 0;
    let writes = 0;
    while (count < this.#queue.length && writes < APPLY_ENTRIES_MARK) {
      writes += (this.#queue[count++] as DurableGroup).writes.length;
    }
    const batch = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    const { position } = batch[count - 1] as DurableGroup;
    this.#state.lsn = position.lsn;
    for (const { digests } of batch) for (const [table, sum] of digests) this.#state.digests.set(table, sum);
    await this.#view.apply(
      batch.flatMap(({ writes }) => writes),
      this.#state,
    );
    this.#position = position;
    for (const { group } of batch) this.#overlay.applied(group);
    this.#events.applied();
  }
}
