import { OracleViolation } from '../oracle/violation.js';
import type { Event, SequentialModel } from './history.js';
import { linearize } from './search.js';

interface SharedHistoryOptions<State, Action, Answer> {
  readonly model: SequentialModel<State, Action, Answer>;
  /** What the clients share, for messages. */
  readonly what: string;
  /** One event in a line. */
  readonly show: (event: Event<Action, Answer>) => string;
  /** Enough for any history that comes up; what is not decided within it is counted, and not taken for wrong. */
  readonly stepsMax: number;
  /** With so many events it is full, … */
  readonly eventsMax: number;
  /** … and with so many without an answer: each can double what the search looks at. */
  readonly unansweredMax: number;
  /** So many of the last are told with a violation. */
  readonly eventsShownMax: number;
}

/** All that several clients asked of one object, and what they heard. */
export class SharedHistory<State, Action, Answer> {
  readonly #options: SharedHistoryOptions<State, Action, Answer>;
  readonly #events: Event<Action, Answer>[] = [];
  #unanswered = 0;
  #undecided = 0;

  constructor(options: SharedHistoryOptions<State, Action, Answer>) {
    this.#options = options;
  }

  /** Whether it has seen so much that a new object had better be used. */
  get isFull(): boolean {
    const { unansweredMax, eventsMax } = this.#options;
    return this.#unanswered >= unansweredMax || this.#events.length >= eventsMax;
  }

  /** Searches that came to no end. */
  get undecided(): number {
    return this.#undecided;
  }

  record(event: Event<Action, Answer>): void {
    this.#events.push(event);
    if (event.answer === undefined) this.#unanswered++;
  }

  /** All that was heard must have an order that explains it. @throws OracleViolation */
  check(): void {
    const { model, what, show, stepsMax, eventsShownMax } = this.#options;
    const verdict = linearize(model, this.#events, { stepsMax });
    if (verdict.type === 'undecided') this.#undecided++;
    if (verdict.type !== 'violated') return;
    const shown = this.#events
      .toSorted((one, other) => one.from - other.from)
      .slice(-eventsShownMax)
      .map((event) => `  ${event.from.toFixed(1)} to ${untilOf(event)} ${event.client}: ${show(event)}`);
    throw new OracleViolation(
      `${what}: no order of ${this.#events.length} operations of several clients explains their answers; ` +
        `${verdict.explained} of them could be explained. The last ones:\n${shown.join('\n')}`,
    );
  }
}

function untilOf({ to }: Event<unknown, unknown>): string {
  return Number.isFinite(to) ? to.toFixed(1) : '…';
}
