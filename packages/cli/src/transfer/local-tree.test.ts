import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { type LocalNode, walkLocal } from './local-tree.js';

const root = temporaryDirectory();
mkdirSync(path.join(root, 'tree/b/c'), { recursive: true });
mkdirSync(path.join(root, 'elsewhere'));
writeFileSync(path.join(root, 'tree/z.dcm'), '12345');
writeFileSync(path.join(root, 'tree/b/c/ä.dcm'), '');
writeFileSync(path.join(root, 'file.dcm'), '1');
symlinkSync(path.join(root, 'file.dcm'), path.join(root, 'tree/a-link'));
symlinkSync(path.join(root, 'tree'), path.join(root, 'tree/circle'));
symlinkSync(path.join(root, 'tree'), path.join(root, 'tree-link'));

async function walk(local: string, recursive: boolean): Promise<LocalNode[]> {
  const nodes: LocalNode[] = [];
  for await (const node of walkLocal(path.join(root, local), recursive)) nodes.push(node);
  return nodes;
}

describe('walking local files', () => {
  it('finds everything, directories before what they hold, links to files followed', async () => {
    assert.deepEqual(
      (await walk('tree', true)).map((node) => [
        node.kind,
        node.relative,
        node.kind === 'file' ? node.bytes : undefined,
      ]),
      [
        ['directory', '', undefined],
        ['file', 'a-link', 1],
        ['directory', 'b', undefined],
        ['directory', 'b/c', undefined],
        ['file', 'b/c/ä.dcm', 0],
        ['unusable', 'circle', undefined],
        ['file', 'z.dcm', 5],
      ],
    );
  });

  it('follows a link that was named itself', async () => {
    assert.equal((await walk('tree-link', true)).length, 7);
  });

  for (const [local, recursive, code] of [
    ['tree', false, 'IS_A_DIRECTORY'],
    ['nothing', true, 'ENOENT'],
  ] as const) {
    it(`says ${code} for ${local}`, async () => {
      const [node, ...rest] = await walk(local, recursive);
      assert.equal(rest.length, 0);
      assert.equal(node?.kind === 'unusable' && (node.error as { code: string }).code, code);
    });
  }
});
