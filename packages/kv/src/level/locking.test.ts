import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lockDirectory } from '../directory-lock.js';
import { KvError, type KvErrorCode } from '../store.js';
import { put } from '../testing/entries.js';
import { createLevelEngine } from './engine.js';

async function inDirectory(body: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'tessera-kv-'));
  try {
    await body(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

function isError(code: KvErrorCode, pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof KvError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  };
}

test('a directory lock holds against another process and ends with it, also by SIGKILL', () =>
  inDirectory(async (root) => {
    const index = fileURLToPath(new URL('../index.js', import.meta.url));
    const script = `
      import { createLevelEngine, lockDirectory } from ${JSON.stringify(index)};
      await lockDirectory(createLevelEngine(), ${JSON.stringify(root)});
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(holder.stdout, 'data');
      const locking = lockDirectory(createLevelEngine(), root);
      await assert.rejects(locking, isError('LOCKED', /another daemon uses the directory/));
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    await (await lockDirectory(createLevelEngine(), root)).release();
  }));

test('a store whose directory cannot be made fails with IO', () =>
  inDirectory(async (root) => {
    await writeFile(join(root, 'file'), '');
    await assert.rejects(
      createLevelEngine().open(join(root, 'file', 'store')),
      isError('IO', /ENOTDIR|not a directory/i),
    );
  }));

test('a store whose files are damaged fails with CORRUPT', () =>
  inDirectory(async (root) => {
    const engine = createLevelEngine();
    const path = join(root, 'store');
    const store = await engine.open(path);
    await store.apply([put('a', '1')]);
    await store.close();
    const manifest = (await readdir(path)).find((name) => name.startsWith('MANIFEST')) as string;
    await writeFile(join(path, manifest), 'no manifest at all, but long enough to be read as one');
    await assert.rejects(engine.open(path), isError('CORRUPT', /damaged/));
    await engine.destroy(path);
    await (await engine.open(path)).close();
  }));
