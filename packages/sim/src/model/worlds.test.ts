import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OracleViolation } from '../oracle/violation.js';
import type { Mutation } from './mutation.js';
import type { Tree } from './tree.js';
import { Worlds } from './worlds.js';

const put = (path: string, id: number, replace = true): Mutation => ({
  type: 'put',
  path,
  tag: { id, bytes: 1 },
  replace,
});
const rename = (from: string, to: string): Mutation => ({ type: 'rename', from, to, replace: false });
const remove = (path: string): Mutation => ({ type: 'remove', path, recursive: true });

/** A read that found these contents: `a=1`, or `a` for none. */
function saw(worlds: Worlds, ...found: string[]): void {
  const explains = (tree: Tree) =>
    found.every((one) => {
      const [path, id] = one.split('=') as [string, string | undefined];
      const node = tree.find(path);
      return id === undefined ? node === undefined : node?.kind === 'file' && node.tag.id === Number(id);
    });
  worlds.saw(explains, () => found.join(' '));
}

const lies = (act: () => void) => assert.throws(act, OracleViolation);

test('what was answered is so, and nothing else', () => {
  const worlds = new Worlds();
  worlds.answered(put('a', 1));
  saw(worlds, 'a=1');
  worlds.answered(put('a', 2, false), 'EXISTS');
  saw(worlds, 'a=1');
  worlds.answered(remove('a'));
  saw(worlds, 'a');
  worlds.answered(remove('a'), 'NOT_FOUND');
  worlds.answered(put('a', 3, false));
  saw(worlds, 'a=3');
});

test('known-bad: lost, resurrected, invented, wrongly refused, wrongly done', () => {
  const fresh = () => {
    const worlds = new Worlds();
    worlds.answered(put('a', 1));
    return worlds;
  };
  lies(() => saw(fresh(), 'a'));
  lies(() => saw(fresh(), 'a=2'));
  lies(() => saw(fresh(), 'b=1'));
  lies(() => fresh().answered(put('a', 2, false)));
  lies(() => fresh().answered(put('a', 2), 'EXISTS'));
  lies(() => fresh().answered(remove('a'), 'NOT_FOUND'));
  const removed = fresh();
  removed.answered(remove('a'));
  lies(() => saw(removed, 'a=1'));
});

test('a mutation without an answer may have happened, happen later, or never', () => {
  const doubtful = () => {
    const worlds = new Worlds();
    worlds.answered(put('a', 1));
    worlds.doubted(put('a', 2));
    return worlds;
  };
  saw(doubtful(), 'a=1');
  saw(doubtful(), 'a=2');
  lies(() => saw(doubtful(), 'a'));
  const later = doubtful();
  saw(later, 'a=1');
  saw(later, 'a=2');
  lies(() => saw(later, 'a=1'));
  const over = doubtful();
  over.answered(put('a', 3));
  saw(over, 'a=3');
  saw(over, 'a=2');
  lies(() => saw(over, 'a=3'));
});

test('a mutation without an answer happens once: forgetting that shows', () => {
  const worlds = new Worlds();
  worlds.doubted(put('a', 1));
  saw(worlds, 'a=1');
  worlds.answered(remove('a'));
  lies(() => saw(worlds, 'a=1'));
});

test('a rename without an answer is whole or not at all', () => {
  const doubtful = () => {
    const worlds = new Worlds();
    worlds.answered(put('a', 1));
    worlds.doubted(rename('a', 'b'));
    return worlds;
  };
  saw(doubtful(), 'a=1', 'b');
  saw(doubtful(), 'a', 'b=1');
  lies(() => saw(doubtful(), 'a', 'b'));
  lies(() => saw(doubtful(), 'a=1', 'b=1'));
});

test('several without an answer happen in any order, each seen from the other', () => {
  const worlds = new Worlds();
  worlds.answered(put('a', 1));
  worlds.doubted(rename('a', 'b'));
  worlds.doubted(put('a', 2));
  assert.deepEqual(
    worlds
      .trees()
      .map(({ key }) => key)
      .sort(),
    ['a=1', 'a=2', 'a=2|b=1', 'b=1', 'b=2'],
  );
  saw(worlds, 'a', 'b=2');
  assert.equal(worlds.trees().length, 1);
});

test('a refused one may still happen later', () => {
  const worlds = new Worlds();
  worlds.doubted(remove('a'));
  worlds.answered(put('a', 1, false));
  saw(worlds, 'a=1');
  saw(worlds, 'a');
  lies(() => saw(worlds, 'a=1'));
});

test('once settled, what has not happened never will', () => {
  const worlds = new Worlds();
  worlds.answered(put('a', 1));
  worlds.doubted(put('a', 2));
  worlds.settled();
  saw(worlds, 'a=1');
  lies(() => saw(worlds, 'a=2'));
});

test('a violation says what was seen and what was possible', () => {
  const worlds = new Worlds();
  worlds.answered(put('a', 1));
  worlds.doubted(remove('a'));
  assert.throws(() => saw(worlds, 'a=7'), /a=7\n {2}possible: a=1; without answer: remove a recursively/);
});
