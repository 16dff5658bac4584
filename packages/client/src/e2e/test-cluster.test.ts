// The testing entry, as a program that tests itself against a cluster uses it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '../connect.js';
import { findManifest } from '../local-cluster/daemon.js';
import { processExists } from '../local-cluster/process-identity.js';
import { startLocalCluster, type TestCluster } from '../local-cluster/testing.js';

const TESTING = fileURLToPath(new URL('../local-cluster/testing.js', import.meta.url));

describe('a cluster for tests', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startLocalCluster({ chunkservers: 3 });
  });
  after(() => cluster.stop());

  it('stores files, also with a server killed and started again', async () => {
    const content = new Uint8Array(300_000).fill(7);
    const client = await connect({ metaserver: cluster.metaserver });
    try {
      await client.mkdir('/safe', { layout: { redundancy: 'copies-2', inlineBytes: 0 } });
      await client.putFile('/safe/file', content);
      const [extent] = await client.extents('/safe/file');
      const { processes } = await cluster.inspect();
      const holder = processes.find(({ address }) => address === extent?.shard.address);
      assert.ok(holder);
      await cluster.kill(holder.name);
      assert.deepEqual(await client.getFile('/safe/file'), content);
      await cluster.restart(holder.name);
      assert.equal((await cluster.inspect()).state, 'running');
    } finally {
      await client.close();
    }
  });

  it('leaves neither processes nor its temporary directory behind', async () => {
    const { processes } = await cluster.inspect();
    await Promise.all([cluster.stop(), cluster.stop()]);
    // Ended children count until they are collected; a daemon that was left running would stay.
    while (processes.some(({ pid }) => pid !== null && processExists(pid))) await sleep(20);
    assert.equal(existsSync(cluster.directory), false);
  });

  it('ends with a process that fails without stopping it', async () => {
    const program = [
      `import { startLocalCluster } from ${JSON.stringify(TESTING)};`,
      'const cluster = await startLocalCluster({ chunkservers: 1 });',
      'const { directory, processes } = await cluster.inspect();',
      'process.stdout.write(JSON.stringify({ directory, pids: processes.map(({ pid }) => pid) }));',
      "throw new Error('a test that fails');",
    ].join('\n');
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
    const { directory, pids } = JSON.parse(text);
    assert.equal(pids.length, 2);
    assert.equal(existsSync(directory), false);
    // The kernel may still be at it; a cluster that outlives its program would stay.
    while (pids.some(processExists)) await sleep(20);
  });

  it('says which package to install', () => {
    assert.throws(() => findManifest('@tessera/absent'), {
      code: 'NOT_FOUND',
      message: /@tessera\/absent.*npm install @tessera\/absent/,
    });
  });
});
