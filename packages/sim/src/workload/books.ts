import type { ErrorCode, TesseraError } from '@tessera/protocol';
import type { Mutation } from '../model/mutation.js';
import type { ClusterFacts } from '../oracle/cluster-facts.js';
import { codedError } from '../oracle/coded-error.js';
import type { DurabilityLedger } from '../oracle/durability.js';
import { Identities } from '../oracle/identities.js';
import { OracleViolation } from '../oracle/violation.js';
import type { ContentTag } from './content.js';
import type { Worker } from './worker.js';

/** What everybody at work writes down together. */
export class Books {
  readonly identities = new Identities();
  readonly durability: DurabilityLedger;
  readonly facts: ClusterFacts;
  /** Operations by name and how they ended. */
  readonly counts = new Map<string, number>();
  /** Virtual time. */
  readonly nowMs: () => number;
  /** Called when a mutation was answered with success. */
  onAnswered: (mutation: Mutation) => void = () => {};
  /**
   * Called when a client was told something that others may be changing at the time; `authors` wait for the answers to
   * mutations in the same place.
   */
  onSeen: (authors: readonly Worker[]) => void = () => {};
  /** Whether something that has happened by now explains that an operation ends so. */
  isExplained: (code: ErrorCode) => boolean = () => true;
  /** Told what somebody did and how it ended, for people. */
  onNote: ((line: string) => void) | undefined;
  #contents = 0;
  readonly #waiting = new Map<string, Set<Worker>>();

  constructor(options: { nowMs: () => number; durability: DurabilityLedger; facts: ClusterFacts }) {
    this.nowMs = options.nowMs;
    this.durability = options.durability;
    this.facts = options.facts;
  }

  newContent(bytes: number): ContentTag {
    return { id: ++this.#contents, bytes };
  }

  /** The client waits for the answer to a mutation in this place until the returned function is called. */
  waits(place: string, worker: Worker): () => void {
    const waiting = this.#waiting.get(place) ?? new Set();
    this.#waiting.set(place, waiting.add(worker));
    return () => waiting.delete(worker);
  }

  /** A client was told how things stand in this place. */
  seen(place: string): void {
    this.onSeen([...(this.#waiting.get(place) ?? [])]);
  }

  /** What a client threw: an error that says why, for which something explains. @throws OracleViolation */
  failure(thrown: unknown): TesseraError {
    const error = codedError(thrown);
    if (this.isExplained(error.code)) return error;
    throw new OracleViolation(`no fault of this run explains ${error.code}: ${error.message}`, { cause: error });
  }

  /** Counts an operation that ended so; `told` says more of it to people. */
  count(what: string, told?: () => string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.onNote?.(told?.() ?? what);
  }
}
