import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Event, SequentialModel } from './history.js';
import { linearize } from './search.js';

type Action = { write: number } | 'read';

/** A register: the textbook object. A write is answered with 'ok', a read with the value. */
const REGISTER: SequentialModel<number, Action, number | 'ok'> = {
  initial: 0,
  step(state, action, answer) {
    if (action === 'read') return answer === undefined || answer === state ? state : undefined;
    return answer === undefined || answer === 'ok' ? action.write : undefined;
  },
  keyOf: String,
};

const LIMITS = { stepsMax: 100_000, finals: true };

function event(client: string, from: number, to: number, action: Action, answer?: number | 'ok') {
  return { client, action, from, to, answer } satisfies Event<Action, number | 'ok'>;
}

const verdictOf = (events: Event<Action, number | 'ok'>[]) => linearize(REGISTER, events, LIMITS);

test('histories that are right', () => {
  const right: [Event<Action, number | 'ok'>[], number[]][] = [
    [[], [0]],
    [[event('a', 0, 1, { write: 1 }, 'ok'), event('b', 2, 3, 'read', 1)], [1]],
    // A read beside a write may see either.
    [[event('a', 0, 9, { write: 1 }, 'ok'), event('b', 1, 2, 'read', 0), event('b', 3, 4, 'read', 1)], [1]],
    // Two writes at the same time come in any order.
    [
      [event('a', 0, 5, { write: 1 }, 'ok'), event('b', 0, 5, { write: 2 }, 'ok')],
      [1, 2],
    ],
    // A write without an answer never happens, or late.
    [
      [event('a', 0, Number.POSITIVE_INFINITY, { write: 1 }), event('b', 5, 6, 'read', 0)],
      [0, 1],
    ],
    [
      [event('a', 0, Number.POSITIVE_INFINITY, { write: 1 }), event('b', 5, 6, 'read', 0), event('b', 7, 8, 'read', 1)],
      [1],
    ],
  ];
  for (const [events, finals] of right) {
    const verdict = verdictOf(events);
    assert.equal(verdict.type, 'linearizable');
    assert.deepEqual(verdict.type === 'linearizable' && [...verdict.finals].sort(), finals);
  }
});

test('histories that are wrong', () => {
  const wrong: Event<Action, number | 'ok'>[][] = [
    // Stale.
    [event('a', 0, 1, { write: 1 }, 'ok'), event('b', 2, 3, 'read', 0)],
    // Invented.
    [event('b', 0, 1, 'read', 7)],
    // Back in time: new, then old.
    [event('a', 0, 9, { write: 1 }, 'ok'), event('b', 1, 2, 'read', 1), event('c', 3, 4, 'read', 0)],
    // Two readers see two writes in two orders.
    [
      event('a', 0, 9, { write: 1 }, 'ok'),
      event('b', 0, 9, { write: 2 }, 'ok'),
      event('c', 1, 2, 'read', 1),
      event('c', 3, 4, 'read', 2),
      event('d', 1, 2, 'read', 2),
      event('d', 3, 4, 'read', 1),
    ],
    // What never was answered and was seen cannot be unseen.
    [event('a', 0, Number.POSITIVE_INFINITY, { write: 1 }), event('b', 5, 6, 'read', 1), event('b', 7, 8, 'read', 0)],
  ];
  for (const events of wrong) assert.equal(verdictOf(events).type, 'violated', JSON.stringify(events));
});

test('any run of a true register passes, and the same with one answer changed to what nobody wrote does not', () => {
  const script = fc.array(
    fc.record({ client: fc.constantFrom('a', 'b', 'c'), write: fc.boolean(), before: fc.nat(5), after: fc.nat(5) }),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(script, fc.nat(), (steps, at) => {
      let state = 0;
      const freeAt = new Map<string, number>();
      const events = steps.map(({ client, write, before, after }, index) => {
        // It takes effect at a moment of its own, within what its client sees of it.
        const moment = (index + 1) * 10;
        const from = Math.max(moment - before, freeAt.get(client) ?? 0);
        freeAt.set(client, moment + after + 0.5);
        if (write) state = index + 1;
        return event(client, from, moment + after, write ? { write: index + 1 } : 'read', write ? 'ok' : state);
      });
      assert.equal(verdictOf(events).type, 'linearizable');
      const reads = events.filter(({ action }) => action === 'read');
      const spoilt = reads[at % Math.max(1, reads.length)];
      if (spoilt === undefined) return;
      assert.equal(verdictOf(events.map((one) => (one === spoilt ? { ...one, answer: -1 } : one))).type, 'violated');
    }),
  );
});

test('a search ends at its bound', () => {
  const events = Array.from({ length: 12 }, (_, index) => event(`${index}`, 0, 1, { write: index + 1 }, 'ok'));
  assert.equal(linearize(REGISTER, [...events, event('x', 2, 3, 'read', 99)], { stepsMax: 500 }).type, 'undecided');
});
