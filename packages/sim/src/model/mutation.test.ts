import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute, type Mutation, type Refusal } from './mutation.js';
import { Tree } from './tree.js';

const tag = { id: 1, bytes: 10 };
const other = { id: 2, bytes: 20 };

function build(...mutations: Mutation[]): Tree {
  return mutations.reduce((tree, mutation) => {
    const outcome = execute(tree, mutation);
    assert.ok('tree' in outcome, JSON.stringify(mutation));
    return outcome.tree;
  }, Tree.empty);
}

const tree = build(
  { type: 'mkdir', path: 's' },
  { type: 'mkdir', path: 's/t' },
  { type: 'put', path: 's/a', tag, replace: false },
  { type: 'put', path: 'b', tag: other, replace: false },
);

test('every way the namespace refuses', () => {
  const refused: [Mutation, Refusal][] = [
    [{ type: 'put', path: 'b', tag, replace: false }, 'EXISTS'],
    [{ type: 'put', path: 's', tag, replace: true }, 'IS_A_DIRECTORY'],
    [{ type: 'put', path: 'b/c', tag, replace: true }, 'NOT_A_DIRECTORY'],
    [{ type: 'put', path: 'x/c', tag, replace: true }, 'NOT_FOUND'],
    [{ type: 'mkdir', path: 'b' }, 'EXISTS'],
    [{ type: 'remove', path: 's', recursive: false }, 'NOT_EMPTY'],
    [{ type: 'remove', path: 'x', recursive: true }, 'NOT_FOUND'],
    [{ type: 'rename', from: 'x', to: 'y', replace: false }, 'NOT_FOUND'],
    [{ type: 'rename', from: 'b', to: 's/a', replace: false }, 'EXISTS'],
    [{ type: 'rename', from: 'b', to: 's', replace: true }, 'IS_A_DIRECTORY'],
    [{ type: 'rename', from: 's', to: 'b', replace: true }, 'NOT_A_DIRECTORY'],
    [{ type: 'rename', from: 's', to: 's/t/u', replace: false }, 'INVALID_ARGUMENT'],
    [{ type: 'rename', from: 's/t', to: 's', replace: true }, 'NOT_EMPTY'],
  ];
  for (const [mutation, refusal] of refused) {
    assert.deepEqual(execute(tree, mutation), { refusal }, JSON.stringify(mutation));
  }
});

test('a directory moves and goes with all that is in it', () => {
  const moved = build(
    { type: 'mkdir', path: 's' },
    { type: 'put', path: 's/a', tag, replace: false },
    { type: 'rename', from: 's', to: 'u', replace: false },
  );
  assert.equal(moved.key, 'u/a=1|u=/');
  const removed = execute(moved, { type: 'remove', path: 'u', recursive: true });
  assert.ok('tree' in removed);
  assert.equal(removed.tree.key, '');
  assert.deepEqual(tree.names('s'), ['a', 't']);
});

test('what is replaced is gone, and a name that begins the same is another', () => {
  const replaced = execute(tree, { type: 'rename', from: 'b', to: 's/a', replace: true });
  assert.ok('tree' in replaced);
  assert.equal(replaced.tree.key, 's/a=2|s/t=/|s=/');
  const alike = build({ type: 'mkdir', path: 'a' }, { type: 'put', path: 'ab', tag, replace: false });
  const left = execute(alike, { type: 'remove', path: 'a', recursive: true });
  assert.ok('tree' in left);
  assert.equal(left.tree.key, 'ab=1');
});
