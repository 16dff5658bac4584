import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { isProcess, processExists } from './process-identity.js';

describe('recognising a process', () => {
  it('needs a living process with these very arguments in this order', async () => {
    const child = spawn(process.execPath, [
      '-e',
      'setInterval(() => {}, 1e6)',
      '--',
      '--dir',
      '/x/chunkserver-1',
      'end',
    ]);
    await once(child, 'spawn');
    const pid = child.pid as number;
    try {
      assert.equal(await isProcess(pid, ['--dir', '/x/chunkserver-1']), true);
      assert.equal(await isProcess(pid, ['--dir', '/x/chunkserver-10']), false);
      assert.equal(await isProcess(pid, ['--dir', '/x/chunkserver']), false);
      assert.equal(await isProcess(pid, ['/x/chunkserver-1', '--dir']), false);
      assert.equal(await isProcess(process.pid, ['--dir', '/x/chunkserver-1']), false);
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');
    assert.equal(await isProcess(pid, ['--dir', '/x/chunkserver-1']), false);
  });

  for (const pid of [0, -1, 1.5, Number.NaN]) {
    it(`${pid} is no process`, () => assert.equal(processExists(pid), false));
  }
});
