import type { Event, SequentialModel } from './history.js';

/** How a search ended. A search that meets its bound has found nothing wrong, and nothing right. */
export type Verdict<State> =
  | { readonly type: 'linearizable'; readonly finals: readonly State[] }
  | { readonly type: 'violated'; readonly explained: number }
  | { readonly type: 'undecided' };

interface Entry<Action, Answer> {
  readonly index: number;
  readonly event: Event<Action, Answer>;
}

interface Step<State> {
  readonly done: bigint;
  readonly state: State;
  /** Events with an answer among those that are done. */
  readonly answered: number;
}

/**
 * Looks for an order of the events that the model explains and that keeps to real time: what was answered before another
 * was asked for comes first (Wing and Gong). States that were reached with the same events done are looked at once
 * (Lowe). Events without an answer may be left out. With `finals`, all states that may be true in the end are found;
 * else the first will do.
 */
export function linearize<State, Action, Answer>(
  model: SequentialModel<State, Action, Answer>,
  events: readonly Event<Action, Answer>[],
  options: { readonly stepsMax: number; readonly finals?: boolean },
): Verdict<State> {
  const entries = events.map((event, index): Entry<Action, Answer> => ({ event, index }));
  entries.sort((one, other) => one.event.from - other.event.from);
  const wanted = events.filter(({ answer }) => answer !== undefined).length;
  const seen = new Set<string>();
  // A state may be long, and most steps leave it as it is.
  const keys = new Map<State, string>();
  const keyOf = (state: State) => {
    const key = keys.get(state) ?? model.keyOf(state);
    keys.set(state, key);
    return key;
  };
  const finals = new Map<string, State>();
  const open: Step<State>[] = [{ done: 0n, state: model.initial, answered: 0 }];
  let explained = 0;
  let steps = 0;
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { done, state, answered } = step;
    const key = `${done.toString(36)} ${keyOf(state)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (++steps > options.stepsMax) return { type: 'undecided' };
    explained = Math.max(explained, answered);
    if (answered === wanted) {
      finals.set(keyOf(state), state);
      if (!options.finals) break;
    }
    for (const { event, index } of next(entries, done)) {
      const after = model.step(state, event.action, event.answer);
      if (after === undefined) continue;
      const isAnswered = event.answer !== undefined ? 1 : 0;
      open.push({ done: done | (1n << BigInt(index)), state: after, answered: answered + isAnswered });
    }
  }
  if (finals.size === 0) return { type: 'violated', explained };
  return { type: 'linearizable', finals: [...finals.values()] };
}

/** The events that may come next: none that is left was answered before they were asked for. */
function next<Action, Answer>(entries: readonly Entry<Action, Answer>[], done: bigint): Entry<Action, Answer>[] {
  let firstAnswer = Number.POSITIVE_INFINITY;
  const candidates: Entry<Action, Answer>[] = [];
  for (const entry of entries) {
    const { event, index } = entry;
    if (event.from > firstAnswer) break;
    if ((done >> BigInt(index)) & 1n) continue;
    firstAnswer = Math.min(firstAnswer, event.to);
    candidates.push(entry);
  }
  return candidates.filter(({ event }) => event.from <= firstAnswer);
}
