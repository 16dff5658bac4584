import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OracleViolation } from '../oracle/violation.js';
import { type FileAction, type FileAnswer, SharedFile, statWord, wordOf } from './shared-file.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const answer = (word: string, version?: bigint): FileAnswer => ({ word, ...(version !== undefined && { version }) });
const read: FileAction = { type: 'read', offset: 0, length: 99 };
const append = (text: string, ifVersion?: bigint): FileAction => {
  return { type: 'append', data: bytes(text), ...(ifVersion !== undefined && { ifVersion }) };
};

/** Each: client, from, to, action, answer. */
function fileOf(...events: [string, number, number, FileAction, FileAnswer | undefined][]): SharedFile {
  const file = new SharedFile('/f');
  for (const [client, from, to, action, heard] of events) file.record({ client, from, to, action, answer: heard });
  return file;
}

test('what several writers of one file heard can be explained', () => {
  fileOf(
    ['a', 0, 9, append('ab'), answer('done at 2', 4n)],
    ['b', 0, 9, append('cd'), answer('done at 0', 3n)],
    ['c', 10, 11, read, answer(wordOf(bytes('cdab')))],
    ['c', 12, 13, { type: 'write', offset: 6, data: bytes('x'), ifVersion: 3n }, answer('CHANGED')],
    ['c', 14, 15, { type: 'write', offset: 6, data: bytes('x'), ifVersion: 4n }, answer('done', 5n)],
    ['c', 16, 17, read, answer(wordOf(bytes('cdab\0\0x')))],
    ['a', 18, Number.POSITIVE_INFINITY, { type: 'truncate', bytes: 1 }, undefined],
    ['b', 20, 21, { type: 'stat' }, answer(statWord(7, 0o644), 5n)],
    ['b', 22, 23, { type: 'stat' }, answer(statWord(1, 0o644), 7n)],
    ['b', 24, 25, { type: 'copy' }, answer('done')],
    ['a', 26, 27, append('z', 7n), answer('done at 1', 8n)],
    ['b', 28, 29, { type: 'read copy' }, answer(wordOf(bytes('c')))],
    ['a', 30, 31, { type: 'set xattr', value: 'one' }, answer('done')],
    ['b', 32, 33, { type: 'set xattr', value: 'two', ifValue: 'zero' }, answer('CHANGED')],
    ['b', 34, 35, { type: 'remove xattr' }, answer('removed')],
    ['b', 36, 37, { type: 'get xattr' }, answer('absent')],
  ).check();
});

test('what nothing explains is found', () => {
  const wrong = [
    // Two appends at one place.
    fileOf(['a', 0, 9, append('ab'), answer('done at 0', 3n)], ['b', 0, 9, append('cd'), answer('done at 0', 4n)]),
    // Half of a write.
    fileOf(['a', 0, 9, append('ab'), answer('done at 0', 3n)], ['b', 1, 2, read, answer(wordOf(bytes('a')))]),
    // A condition that did not hold.
    fileOf(['a', 0, 1, append('ab'), answer('done at 0', 3n)], ['b', 2, 3, append('c', 2n), answer('done at 2', 4n)]),
    // A condition that held.
    fileOf(['a', 0, 1, append('ab'), answer('done at 0', 3n)], ['b', 2, 3, append('c', 3n), answer('CHANGED')]),
    // A commit that was undone.
    fileOf(
      ['a', 0, 1, append('ab'), answer('done at 0', 3n)],
      ['b', 2, 3, { type: 'stat' }, answer(statWord(0, 0o644))],
    ),
    fileOf(
      ['a', 0, 1, { type: 'set mode', mode: 0o600 }, answer('done')],
      ['b', 2, 3, { type: 'stat' }, answer(statWord(0, 0o644))],
    ),
    fileOf(['a', 0, 1, { type: 'get xattr' }, answer('what nobody set')]),
    fileOf(['a', 0, 1, { type: 'read copy' }, answer(wordOf(bytes('')))]),
  ];
  for (const file of wrong) assert.throws(() => file.check(), OracleViolation);
});
