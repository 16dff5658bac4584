import type { Mutation } from '../model/mutation.js';
import type { DurabilityLedger } from '../oracle/durability.js';
import { Identities } from '../oracle/identities.js';
import type { ContentTag } from './content.js';

/** What everybody at work writes down together. */
export class Books {
  readonly identities = new Identities();
  readonly durability: DurabilityLedger;
  /** Operations by name and how they ended. */
  readonly counts = new Map<string, number>();
  /** Virtual time. */
  readonly nowMs: () => number;
  /** Called when a mutation was answered with success. */
  onAnswered: (mutation: Mutation) => void = () => {};
  /** Called when a client was told something that others may be changing at the time. */
  onSeen: () => void = () => {};
  /** Called with the name of an operation and how it ended. */
  onCount: (what: string) => void = () => {};
  #contents = 0;

  constructor(nowMs: () => number, durability: DurabilityLedger) {
    this.nowMs = nowMs;
    this.durability = durability;
  }

  newContent(bytes: number): ContentTag {
    return { id: ++this.#contents, bytes };
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.onCount(what);
  }
}
