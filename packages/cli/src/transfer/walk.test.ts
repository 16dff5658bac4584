import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { LocalSide } from './local-side.js';
import { partName } from './part-name.js';
import { pathFilter } from './path-filter.js';
import { parsePattern } from './path-pattern.js';
import type { TreeNode } from './tree-node.js';
import { type Walked, type WalkOptions, walk } from './walk.js';

const root = temporaryDirectory();
mkdirSync(path.join(root, 'tree/b/c'), { recursive: true });
mkdirSync(path.join(root, 'tree/a'));
writeFileSync(path.join(root, 'tree/z.dcm'), '12345');
writeFileSync(path.join(root, 'tree/b/c/ä.dcm'), '');
writeFileSync(path.join(root, 'tree/a/x.tmp'), '1');
writeFileSync(path.join(root, 'tree', partName('z.dcm', '1-2')), 'unfinished');
symlinkSync('z.dcm', path.join(root, 'tree/link'));
symlinkSync('..', path.join(root, 'tree/b/circle'));
symlinkSync('nowhere', path.join(root, 'tree/b/broken'));
writeFileSync(Buffer.concat([Buffer.from(path.join(root, 'tree/a/')), Buffer.from([0xff])]), 'x');

const side = new LocalSide(path.join(root, 'tree'));

async function seen(options: Partial<WalkOptions> = {}): Promise<{ entered: string[]; found: string[] }> {
  const entered: string[] = [];
  const enter = async ({ relative }: TreeNode) => {
    entered.push(relative);
    return { fresh: false };
  };
  const { signal } = new AbortController();
  const tree = (await side.look('')) as TreeNode;
  const found: string[] = [];
  for await (const one of walk(side, tree, { filter: () => true, keepLinks: false, signal, enter, ...options })) {
    found.push(shown(one));
  }
  return { entered, found: found.sort() };
}

function shown(walked: Walked): string {
  if ('error' in walked) return `${walked.relative}: ${(walked.error as { code: string }).code}`;
  const { relative, kind, bytes } = walked.node;
  return `${relative}: ${kind} of ${kind === 'file' ? bytes : 0}`;
}

describe('walking local files', () => {
  it('finds everything, directories before what they hold; links to files are followed', async () => {
    const { entered, found } = await seen();
    assert.deepEqual(entered, ['', 'a', 'b', 'b/c']);
    assert.deepEqual(found, [
      'a/x.tmp: file of 1',
      'a/\ufffd: INVALID_PATH',
      'b/broken: NOT_FOUND',
      'b/c/ä.dcm: file of 0',
      'b/circle: IS_A_DIRECTORY',
      'link: file of 5',
      'z.dcm: file of 5',
    ]);
  });

  it('keeps links when asked to, and leaves out what filters say', async () => {
    const filter = pathFilter(['a/', 'z.*'].map((text) => ({ takes: false, pattern: parsePattern(text) })));
    const { entered, found } = await seen({ keepLinks: true, filter });
    assert.deepEqual(entered, ['', 'b', 'b/c']);
    const links = ['b/broken: symlink of 0', 'b/circle: symlink of 0', 'link: symlink of 0'];
    assert.deepEqual(found, [links[0], 'b/c/ä.dcm: file of 0', links[1], links[2]]);
  });

  it('leaves out a directory that cannot be entered, and goes on', async () => {
    const enter = async ({ relative }: TreeNode) => {
      if (relative === 'b') throw Object.assign(new Error('no'), { code: 'EACCES' });
      return { fresh: false };
    };
    const { found } = await seen({ enter });
    assert.deepEqual(
      found.filter((line) => line.startsWith('b')),
      ['b: EACCES'],
    );
    assert.ok(found.includes('z.dcm: file of 5'));
  });

  it('ends when interrupted', async () => {
    const interruption = new AbortController();
    interruption.abort(new Error('interrupted'));
    await assert.rejects(seen({ signal: interruption.signal }), /interrupted/);
  });
});
