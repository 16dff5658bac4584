import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { freeAddress } from './free-address.js';
import { hasEnded, isProcess, processExists } from './process-identity.js';

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

  it('says that one has ended only when its port is free', async () => {
    // Memory that takes a while to give back.
    const listen =
      'const held = Buffer.alloc(2e8, 1); require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })';
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, ['-e', listen, '--', '/x/dying'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [port] = await once(child.stdout, 'data');
      const address = `127.0.0.1:${String(port).trim()}`;
      assert.equal(await hasEnded(child.pid as number, ['/x/dying']), false);
      child.kill('SIGKILL');
      while (!(await hasEnded(child.pid as number, ['/x/dying'])));
      assert.equal(await freeAddress(address), address, `round ${round}`);
    }
  });

  for (const pid of [0, -1, 1.5, Number.NaN]) {
    it(`${pid} is no process`, () => assert.equal(processExists(pid), false));
  }
});
