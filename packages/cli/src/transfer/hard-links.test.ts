import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HardLinks } from './hard-links.js';
import type { TreeNode } from './tree-node.js';

function nodeOf(relative: string, file?: string, names?: number): TreeNode {
  const known = file === undefined ? {} : { file, names: names ?? 2 };
  return { relative, kind: 'file', bytes: 1, modifiedNs: 0n, mode: 0o644, ...known };
}

function setUp() {
  const links = new HardLinks();
  const log: string[] = [];
  const bring = (node: TreeNode, fails = false) =>
    links.bring(
      node,
      async () => {
        log.push(`copy ${node.relative}`);
        await Promise.resolve();
        if (fails) throw new Error('no');
        log.push(`there ${node.relative}`);
      },
      async (first) => {
        log.push(`link ${node.relative} to ${first}`);
      },
    );
  return { log, bring };
}

test('the first name is brought, the others become names of it, once it is there', async () => {
  const { log, bring } = setUp();
  await Promise.all([
    bring(nodeOf('a', 'x', 3)),
    bring(nodeOf('b', 'x', 3)),
    bring(nodeOf('c')),
    bring(nodeOf('d', 'y')),
  ]);
  await bring(nodeOf('e', 'x', 3));
  assert.deepEqual(log, ['copy a', 'copy c', 'copy d', 'there a', 'there c', 'there d', 'link b to a', 'link e to a']);
  // All its names have come: what has the number now is another file.
  await bring(nodeOf('f', 'x', 2));
  assert.equal(log.at(-1), 'there f');
});

test('what fails under one name is brought under the next', async () => {
  const { log, bring } = setUp();
  const outcomes = await Promise.allSettled([
    bring(nodeOf('a', 'x', 4), true),
    bring(nodeOf('b', 'x', 4), true),
    bring(nodeOf('c', 'x', 4)),
    bring(nodeOf('d', 'x', 4)),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
  );
  assert.deepEqual(log, ['copy a', 'copy b', 'copy c', 'there c', 'link d to c']);
});
