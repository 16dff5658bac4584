import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { createRealEnv } from '@tessera/env';
import { SparseDisk } from './sparse-disk.js';

const MIB = 1024 * 1024;
const directory = mkdtempSync(path.join(os.tmpdir(), 'tessera-sparse-'));
after(() => rmSync(directory, { recursive: true }));

test('what is read is what was written; long zeros take no blocks, whatever lies around them', async () => {
  const file = path.join(directory, 'log');
  const handle = await new SparseDisk(createRealEnv().disk).open(file, 'create');
  await handle.truncate(4 * MIB);
  const before = Buffer.alloc(700, 1);
  const behind = Buffer.alloc(300, 2);
  const almost = Buffer.alloc(64 * 1024);
  almost[65_535] = 3;
  const chunks = [before, Buffer.alloc(MIB), behind, almost, Buffer.alloc(MIB), behind];
  handle.writeSync(chunks, 5000);
  await handle.sync();
  const wanted = Buffer.concat([Buffer.alloc(5000), ...chunks]);
  const got = Buffer.alloc(wanted.length);
  assert.equal(await handle.read(got, 0), wanted.length);
  assert.ok(got.equals(wanted));
  assert.ok(statSync(file).blocks * 512 < 256 * 1024, `${statSync(file).blocks} blocks`);
  await handle.close();
});

test('zeros that lengthen a file are written', async () => {
  const file = path.join(directory, 'growing');
  const handle = await new SparseDisk(createRealEnv().disk).open(file, 'create');
  handle.writeSync([Buffer.alloc(100, 1), Buffer.alloc(64 * 1024)], 0);
  assert.equal(handle.bytes, 100 + 64 * 1024);
  handle.writeSync([Buffer.alloc(64 * 1024), Buffer.alloc(10, 1)], 200_000);
  assert.equal(handle.bytes, 200_000 + 64 * 1024 + 10);
  await handle.close();
  assert.equal(statSync(file).size, 200_000 + 64 * 1024 + 10);
});
