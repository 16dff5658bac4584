import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { temporaryDirectory } from '../e2e/temporary-directory.js';
import { withClusterLock } from './cluster-lock.js';

const root = temporaryDirectory();

describe('the cluster lock', () => {
  it('lets one action run at a time, and goes away', async () => {
    const directory = path.join(root, 'one');
    let running = 0;
    const action = async () => {
      running += 1;
      assert.equal(running, 1);
      await turn();
      running -= 1;
    };
    await Promise.all([1, 2, 3].map(() => withClusterLock(directory, action)));
    assert.deepEqual(readdirSync(directory), []);
  });

  it('goes away when the action fails', async () => {
    const directory = path.join(root, 'failing');
    await assert.rejects(
      withClusterLock(directory, () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.deepEqual(readdirSync(directory), []);
  });

  it('is taken from a process that is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(path.join(root, 'cluster.lock'), String(pid));
    assert.equal(await withClusterLock(root, async () => 'done'), 'done');
  });
});
