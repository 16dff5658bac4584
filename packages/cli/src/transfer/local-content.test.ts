import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Content } from '@tessera/client';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { unchangedContent } from './local-content.js';
import { LocalSide } from './local-side.js';
import type { TreeNode } from './tree-node.js';

const root = temporaryDirectory();
const side = new LocalSide(root);

async function bytesOf(content: Content): Promise<Buffer> {
  if (content instanceof Uint8Array) return Buffer.from(content);
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('local content', () => {
  for (const bytes of [0, 1000, 3_000_001]) {
    it(`of ${bytes} bytes comes whole, and is seen on its way`, async () => {
      const local = path.join(root, `${bytes}`);
      const content = randomBytes(bytes);
      writeFileSync(local, content);
      const seen: Uint8Array[] = [];
      const read = await unchangedContent(local, (await side.look(`${bytes}`)) as TreeNode, (piece) =>
        seen.push(piece),
      );
      assert.ok((await bytesOf(read)).equals(content));
      assert.ok(Buffer.concat(seen).equals(content));
    });

    it(`of ${bytes} bytes that changed since it was looked at is refused before its end`, async () => {
      const local = path.join(root, `${bytes}-changed`);
      writeFileSync(local, randomBytes(bytes));
      const node = (await side.look(`${bytes}-changed`)) as TreeNode;
      const read = async () => bytesOf(await unchangedContent(local, node, () => {}));
      const { atimeMs, mtimeMs } = statSync(local);
      utimesSync(local, atimeMs / 1000, mtimeMs / 1000 + 1);
      await assert.rejects(read, { code: 'CHANGED' });
      appendFileSync(local, 'x');
      utimesSync(local, Number(node.modifiedNs) / 1e9, Number(node.modifiedNs) / 1e9);
      await assert.rejects(read, { code: 'CHANGED' });
    });
  }
});
