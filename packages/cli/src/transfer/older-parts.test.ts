import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { LISTED_DIRECTORIES_MAX } from './limits.js';
import { OlderParts } from './older-parts.js';
import { isOlderPart, partName } from './part-name.js';

const root = temporaryDirectory();

it('a part is older by its version, or by its inode, and belongs to one name', () => {
  const older = (identity: string, name = 'a.dcm') => isOlderPart(partName(name, identity), 'a.dcm', '1f-20');
  assert.equal(older('1f-1f'), true);
  assert.equal(older('1f-9'), true, 'compared as numbers');
  assert.equal(older('1e-ff'), true, 'a file that was replaced');
  assert.equal(older('1f-20'), false, 'the same content');
  assert.equal(older('1f-21'), false);
  assert.equal(older('20-1'), false);
  assert.equal(older('1f-1f', 'b.dcm'), false);
  assert.equal(older('1f-1f', 'a.dcm.1-2'), false);
  assert.equal(older('link'), false);
  assert.equal(isOlderPart('.a.dcm.1-2', 'a.dcm', '1f-20'), false);
  const [one, other] = ['1', '2'].map((end) => 'x'.repeat(200) + end) as [string, string];
  assert.equal(isOlderPart(partName(one, '1e-1'), other, '1f-20'), false, 'names that are the same where they are cut');
  assert.equal(isOlderPart(partName(one, '1f-1'), one, '1f-20'), true);
});

it('older parts go when a download begins, others stay', async () => {
  const stay = [partName('a', '1-5'), partName('a', '2-1'), partName('b', '1-1'), 'a'];
  for (const name of [...stay, partName('a', '1-3'), partName('a', '1-4')]) writeFileSync(path.join(root, name), 'x');
  mkdirSync(path.join(root, partName('a', '1-2')));
  const parts = new OlderParts();
  await parts.remove(path.join(root, 'a'), '1-5');
  assert.deepEqual(readdirSync(root).sort(), [...stay, partName('a', '1-2')].sort());
  await parts.remove(path.join(root, 'none/a'), '1-5');
});

it('directories are listed anew once too many others were', async () => {
  const parts = new OlderParts();
  const left = path.join(root, partName('c', '1-1'));
  await parts.remove(path.join(root, 'c'), '1-2');
  writeFileSync(left, 'x');
  await parts.remove(path.join(root, 'c'), '1-2');
  assert.ok(readdirSync(root).includes(path.basename(left)));
  for (let index = 0; index < LISTED_DIRECTORIES_MAX; index++) await parts.remove(path.join(root, `${index}/c`), '1-2');
  await parts.remove(path.join(root, 'c'), '1-2');
  assert.ok(!readdirSync(root).includes(path.basename(left)));
});
