import { type Id, SESSION_RESULTS_MAX, TesseraError } from '@tessera/protocol';
import { sessionKey } from '../../records/keys.js';
import type { OperationResult } from '../../records/stored-result.js';

/** Sequences skipped so far that one session's memory keeps; of others the store is asked. */
const SKIPPED_SEQUENCES_MAX = 10_000;
/** Failures that one session's memory keeps for retries. */
const FAILURES_KEPT_MAX = 1_000;

/** A mutation that runs, or has failed for good: a retry of it gets the same answer. */
export interface KnownAnswer {
  readonly kind: string;
  readonly answer: Promise<OperationResult>;
}

/**
 * What memory knows of a session, so that a mutation with a new sequence needs no look at the stored results. All of
 * it can be lost: the store decides.
 */
export class SessionState {
  readonly id: Id;
  readonly key: Uint8Array;
  /** Monotonic time of the newest request. */
  lastTouchMs: number;
  /** Results below it are gone from the store. */
  floor: number;
  trimming = false;
  #acknowledged: number;
  /** Above it no sequence was ever used. */
  #highest: number;
  /** Results up to it may have been stored before memory knew of the session. */
  readonly #highestAtLoad: number;
  /** Sequences above that one whose results are stored. */
  readonly #stored = new Set<number>();
  /** Sequences below the highest that were not used either. */
  readonly #skipped = new Set<number>();
  readonly #running = new Map<number, KnownAnswer>();
  readonly #failures = new Map<number, KnownAnswer>();

  /** `highest`: that of the stored results. */
  constructor(id: Id, options: { floor: number; highest: number; nowMs: number }) {
    this.id = id;
    this.key = sessionKey(id);
    this.floor = options.floor;
    this.#acknowledged = options.floor;
    this.#highest = options.highest;
    this.#highestAtLoad = options.highest;
    this.lastTouchMs = options.nowMs;
  }

  /** The client has the results of all sequences below this one. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  acknowledge(below: number): void {
    if (below <= this.#acknowledged) return;
    this.#acknowledged = below;
    for (const sequence of this.#failures.keys()) if (sequence < below) this.#failures.delete(sequence);
    for (const sequence of this.#skipped) {
      // Skipped sequences were added in ascending order.
      if (sequence >= below) break;
      this.#skipped.delete(sequence);
    }
  }

  /** @throws TesseraError INVALID_ARGUMENT, SEQUENCE_REFUSED */
  checkSequence(sequence: number): void {
    if (sequence === 0) {
      throw new TesseraError('INVALID_ARGUMENT', 'a mutation needs a sequence of its own in the session, 1 or more');
    }
    if (sequence < this.#acknowledged) {
      throw new TesseraError(
        'SEQUENCE_REFUSED',
        `sequence ${sequence} is below ${this.#acknowledged}, up to where the session acknowledged its results`,
      );
    }
    if (sequence >= this.#acknowledged + SESSION_RESULTS_MAX) {
      throw new TesseraError(
        'SEQUENCE_REFUSED',
        `sequence ${sequence} is ${SESSION_RESULTS_MAX} or more above ${this.#acknowledged}, up to where results are acknowledged: raise acknowledged_below`,
      );
    }
  }

  /** The answer of a request that came before with this sequence, when memory has it. */
  known(sequence: number): KnownAnswer | undefined {
    return this.#running.get(sequence) ?? this.#failures.get(sequence);
  }

  /** Takes a sequence into use. True when no result of it can be stored, as it was never used before. */
  use(sequence: number): boolean {
    if (sequence <= this.#highest) return this.#skipped.delete(sequence);
    for (let skipped = Math.max(this.#highest + 1, this.#acknowledged); skipped < sequence; skipped++) {
      if (this.#skipped.size >= SKIPPED_SEQUENCES_MAX) break;
      this.#skipped.add(skipped);
    }
    this.#highest = sequence;
    return true;
  }

  run(sequence: number, running: KnownAnswer): void {
    this.#running.set(sequence, running);
  }

  /** The mutation has succeeded, and its result is stored. */
  succeeded(sequence: number): void {
    this.#running.delete(sequence);
    if (sequence > this.#highestAtLoad) this.#stored.add(sequence);
  }

  /** The mutation has failed. A failure that would repeat itself is kept for retries. */
  failed(sequence: number, isFinal: boolean): void {
    const ended = this.#running.get(sequence);
    this.#running.delete(sequence);
    if (!isFinal || ended === undefined || sequence < this.#acknowledged) return;
    if (this.#failures.size >= FAILURES_KEPT_MAX) {
      const [oldest] = this.#failures.keys();
      if (oldest !== undefined) this.#failures.delete(oldest);
    }
    this.#failures.set(sequence, ended);
  }
  /**
   * The sequences below `below` whose results are stored, ascending; undefined when memory does not know them all, as
   * some may be from before it knew of the session.
   */
  storedBelow(below: number): number[] | undefined {
    if (this.floor <= this.#highestAtLoad) return undefined;
    const found: number[] = [];
    for (const sequence of this.#stored) if (sequence < below) found.push(sequence);
    return found.sort((left, right) => left - right);
  }

  /** These results are gone from the store. */
  dropped(sequences: Iterable<number>): void {
    for (const sequence of sequences) this.#stored.delete(sequence);
  }
}
