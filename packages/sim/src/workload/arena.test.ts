import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mutation } from '../model/mutation.js';
import { OracleViolation } from '../oracle/violation.js';
import { Arena, type ArenaAction } from './arena.js';

const put = (path: string, id: number): ArenaAction => {
  return { type: 'mutate', mutation: { type: 'put', path, tag: { id, bytes: 10 }, replace: true } satisfies Mutation };
};
const rename = (from: string, to: string): ArenaAction => {
  return { type: 'mutate', mutation: { type: 'rename', from, to, replace: true } satisfies Mutation };
};
const list: ArenaAction = { type: 'list', path: '' };
const get = (path: string): ArenaAction => ({ type: 'get', path });

/** Each: client, from, to, action, answer. */
function arenaOf(...events: [string, number, number, ArenaAction, string | undefined][]): Arena {
  const arena = new Arena('/r');
  for (const [client, from, to, action, answer] of events) arena.record({ client, from, to, action, answer });
  return arena;
}

test('what several clients heard can be explained', () => {
  arenaOf(
    ['a', 0, 9, put('x', 1), 'done'],
    ['b', 1, 2, list, 'nothing'],
    ['b', 3, 4, list, 'x'],
    ['c', 10, 20, rename('x', 'y'), 'done'],
    ['b', 11, 19, list, 'y'],
    ['a', 12, Number.POSITIVE_INFINITY, put('y', 2), undefined],
    ['a', 30, 31, get('y'), '#2'],
    ['a', 30, 31, get('x'), 'NOT_FOUND'],
  ).check();
});

test('what nothing explains is found', () => {
  const wrong = [
    // A rename in halves.
    arenaOf(['a', 0, 1, put('x', 1), 'done'], ['c', 2, 9, rename('x', 'y'), 'done'], ['b', 3, 4, list, 'x y']),
    // Seen, then gone.
    arenaOf(['a', 0, 9, put('x', 1), undefined], ['b', 1, 2, list, 'x'], ['b', 3, 4, list, 'nothing']),
    // Done twice: the second client's file is under the name that the first one's move took away.
    arenaOf(['a', 0, 1, put('x', 1), 'done'], ['a', 2, 3, put('x', 2), 'done'], ['b', 4, 5, get('x'), '#1']),
    arenaOf(['a', 0, 1, { type: 'stat', path: 'x' }, 'file of 3']),
    arenaOf(['a', 0, 1, { type: 'mutate', mutation: { type: 'mkdir', path: 's' } }, 'EXISTS']),
  ];
  for (const arena of wrong) assert.throws(() => arena.check(), OracleViolation);
});

test('content that nobody put is no answer', () => {
  const arena = new Arena('/r');
  const content = arena.expect({ id: 7, bytes: 100 });
  assert.equal(arena.recognize('x', content), '#7');
  assert.throws(() => arena.recognize('x', content.subarray(1)), OracleViolation);
});
