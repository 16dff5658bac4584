import type { Applier } from './applier.js';
import type { Digests } from './digest.js';
import type { Group } from './group.js';
import { encodePayload, payloadBytes, tablesOf } from './group-payload.js';
import { allocateGroup, GROUP_HEADER_BYTES } from './journal-format.js';
import type { JournalPosition } from './journal-position.js';
import type { JournalWriter } from './journal-writer.js';
import type { Overlay } from './overlay.js';

export interface CommitPipelineEvents {
  /** A group is durable; operations that saw it are answered right after. */
  durable(position: JournalPosition): void;
  /** There is room again for transactions that wait. */
  unblocked(): void;
  failed(error: unknown): void;
}

/** Group commit: while one group is written and synced, the next collects; an idle journal takes one at once. */
export class CommitPipeline {
  readonly #overlay: Overlay;
  readonly #writer: JournalWriter;
  readonly #applier: Applier;
  /** After the newest sealed group. */
  readonly #digests: Digests;
  readonly #events: CommitPipelineEvents;
  #lsn: number;
  #flushing: Promise<void> | undefined;
  #sealed: Group | undefined;
  #failed = false;

  constructor(
    overlay: Overlay,
    writer: JournalWriter,
    applier: Applier,
    digests: Digests,
    events: CommitPipelineEvents,
  ) {
    this.#overlay = overlay;
    this.#writer = writer;
    this.#applier = applier;
    this.#digests = digests;
    this.#events = events;
    this.#lsn = writer.position.lsn;
  }

  /** Lsn of the next transaction that writes. */
  get nextLsn(): number {
    return this.#lsn + 1;
  }

  /** A transaction with the next lsn has written to the open group. */
  committed(timeNs: bigint): Group {
    const group = this.#overlay.open;
    this.#lsn++;
    group.lastLsn = this.#lsn;
    group.timeNs = timeNs;
    this.#flushing ??= this.#flush();
    return group;
  }

  /** Resolves when everything committed is durable, or the journal has failed. */
  async flushed(): Promise<void> {
    await this.#flushing;
  }

  /** Refuses the operations that wait for durability. */
  fail(error: Error): void {
    this.#failed = true;
    for (const group of [this.#sealed, this.#overlay.open]) {
      if (group === undefined || group.durable) continue;
      const { waiters } = group;
      group.waiters = [];
      for (const waiter of waiters) waiter.reject(error);
    }
  }

  async #flush(): Promise<void> {
    // A turn later, so that transactions submitted together are one group.
    await Promise.resolve();
    try {
      while (!this.#overlay.open.isEmpty && !this.#failed) await this.#commitGroup();
    } catch (error) {
      this.#events.failed(error);
      return;
    }
    this.#flushing = undefined;
  }

  async #commitGroup(): Promise<void> {
    const group = this.#overlay.seal();
    this.#sealed = group;
    const tables = tablesOf(group.entries);
    const bytes = payloadBytes(group.entries, tables);
    const encoded = allocateGroup(bytes);
    const payload = encodePayload(encoded, GROUP_HEADER_BYTES, group.entries, tables, this.#digests);
    await this.#writer.append(encoded, bytes, group.lastLsn, group.timeNs);
    group.durable = true;
    this.#events.durable(this.#writer.position);
    this.#applier.push({ group, position: this.#writer.position, ...payload });
    const { waiters } = group;
    group.waiters = [];
    for (const waiter of waiters) waiter.settle();
    this.#events.unblocked();
  }
}
