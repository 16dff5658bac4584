// The local cluster's life, with real daemons.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ClusterInfo } from '@tessera/client/local-cluster';
import { ExitCode } from '../exit-code.js';
import { runInProcess } from '../testing/run-in-process.js';
import { type Finished, runTessera, spawnTessera } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory(() => tessera('down'));
const directory = path.join(root, 'cluster');

/** What starts and stops daemons is run as users run it; what looks at them need not have a process of its own. */
async function tessera(...args: string[]): Promise<Finished> {
  const run = ['up', 'down'].includes(args[0] as string) ? runTessera : runInProcess;
  return run([...args, '--dir', directory], { cwd: root });
}

async function succeeds(...args: string[]): Promise<Finished> {
  const finished = await tessera(...args);
  assert.equal(finished.code, ExitCode.OK, `tessera ${args.join(' ')}: ${finished.stderr}`);
  return finished;
}

async function status(): Promise<ClusterInfo> {
  return JSON.parse((await succeeds('status', '--json')).text);
}

function states(info: ClusterInfo): string[] {
  return info.processes.map(({ state }) => state);
}

describe('a local cluster', () => {
  it('starts detached, is seen, and goes on after the command', async () => {
    const { text } = await succeeds('up', '--chunkservers', '3', '--detach');
    assert.match(text, /Ready\. 'tessera down' stops the cluster\./);
    const info = await status();
    assert.equal(info.state, 'running');
    assert.deepEqual(states(info), ['running', 'running', 'running', 'running']);
    assert.deepEqual(
      info.processes.map(({ labels }) => labels),
      [[], ['host=host-1'], ['host=host-2'], ['host=host-3']],
    );
    assert.ok(info.processes.every(({ log }) => existsSync(log)));
    await succeeds('layout', 'set', '/', '--redundancy', 'copies-2');
    const { code, stderr } = await runTessera(['put', '-', '/kept', '--dir', directory], {
      input: Buffer.alloc(100_000, 7),
    });
    assert.equal(code, ExitCode.OK, stderr);
  });

  it('answers health checks', async () => {
    const { processes } = await status();
    for (const { name, health } of processes) {
      const response = await fetch(`http://${health}/healthz`);
      assert.equal(response.status, 200, name);
    }
  });

  it('is left alone by a second up', async () => {
    const before = await status();
    assert.match((await succeeds('up', '--detach')).text, /Everything was running already/);
    assert.deepEqual(await status(), before);
  });

  it('shows a killed process as dead, and up starts just that one again', async () => {
    const before = await status();
    const victim = before.processes[2];
    process.kill(victim?.pid as number, 'SIGKILL');
    await gone(victim?.pid as number);
    const broken = await status();
    assert.equal(broken.state, 'partly running');
    assert.deepEqual(states(broken), ['running', 'running', 'dead', 'running']);
    assert.equal(broken.processes[2]?.pid, victim?.pid);
    assert.equal((await tessera('status', '--check')).code, ExitCode.UNAVAILABLE);
    const up = JSON.parse((await succeeds('up', '--detach', '--json')).text);
    assert.deepEqual(up.started, ['chunkserver-2']);
    const healed = await status();
    assert.deepEqual(states(healed), ['running', 'running', 'running', 'running']);
    assert.equal(healed.processes[0]?.pid, before.processes[0]?.pid);
    assert.equal(healed.processes[2]?.address, victim?.address);
    assert.deepEqual((await succeeds('cat', '/kept')).stdout, Buffer.alloc(100_000, 7));
  });

  it('survives a killed metaserver', async () => {
    const before = await status();
    process.kill(before.processes[0]?.pid as number, 'SIGKILL');
    await gone(before.processes[0]?.pid as number);
    const unreachable = await tessera('ls', '/');
    assert.equal(unreachable.code, ExitCode.UNAVAILABLE, unreachable.stderr);
    const up = JSON.parse((await succeeds('up', '--detach', '--json')).text);
    assert.deepEqual(up.started, ['metaserver']);
    assert.deepEqual((await succeeds('cat', '/kept')).stdout, Buffer.alloc(100_000, 7));
  });

  it('stops cleanly, and says so', async () => {
    const before = await status();
    assert.match((await succeeds('down')).text, /^Stopped\./);
    const info = await status();
    assert.equal(info.state, 'stopped');
    assert.deepEqual(states(info), ['stopped', 'stopped', 'stopped', 'stopped']);
    for (const { pid } of before.processes) await gone(pid as number);
    await succeeds('down');
    const ls = await tessera('ls', '/');
    assert.equal(ls.code, ExitCode.UNAVAILABLE);
    assert.match(
      ls.stderr,
      /^tessera: UNAVAILABLE: the metaserver of the local cluster in .* is not running\n.*tessera up/,
    );
  });

  it('comes back on its data, even when another program took its port, and grows', async () => {
    const taken = JSON.parse(readFileSync(path.join(directory, 'cluster.json'), 'utf8')).members[0].listen;
    const squatter = createServer().listen(Number(taken.split(':')[1]), '127.0.0.1');
    await once(squatter, 'listening');
    try {
      await succeeds('up', '--detach', '--chunkservers', '4');
    } finally {
      squatter.close();
    }
    const info = await status();
    assert.equal(info.processes.length, 5);
    assert.equal(info.state, 'running');
    assert.notEqual(info.processes[0]?.address, taken);
    assert.deepEqual((await succeeds('cat', '/kept')).stdout, Buffer.alloc(100_000, 7));
    const shrink = await tessera('up', '--detach', '--chunkservers', '2');
    assert.equal(shrink.code, ExitCode.USAGE);
    assert.match(shrink.stderr, /has 4 chunkservers.*cannot shrink to 2/);
    await succeeds('down');
  });

  it('in the foreground serves until it is interrupted', async () => {
    const child = spawnTessera(['up', '--dir', directory]);
    child.stdin.end();
    let written = '';
    for await (const chunk of child.stdout) {
      written += chunk;
      if (written.includes('Ready. Ctrl-C stops the cluster.')) break;
    }
    assert.deepEqual((await succeeds('cat', '/kept')).stdout, Buffer.alloc(100_000, 7));
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
    assert.equal((await status()).state, 'stopped');
  });

  it('in the foreground ends when another command stops it', async () => {
    const child = spawnTessera(['up', '--dir', directory]);
    child.stdin.end();
    const ended = once(child, 'exit');
    for await (const chunk of child.stdout) if (String(chunk).includes('Ready.')) break;
    await succeeds('down');
    assert.deepEqual(await ended, [0, null]);
  });

  it('does not mistake a stranger for its process', async () => {
    const file = path.join(directory, 'metaserver/endpoint.json');
    const stale = { role: 'metaserver', pid: process.pid, address: '127.0.0.1:1', health: '127.0.0.1:2' };
    writeFileSync(file, JSON.stringify(stale));
    const info = await status();
    assert.equal(info.processes[0]?.state, 'dead');
    await succeeds('up', '--detach');
    assert.deepEqual((await succeeds('cat', '/kept')).stdout, Buffer.alloc(100_000, 7));
    await succeeds('down');
  });

  it('that cannot start says why, with the daemon’s own words, and leaves nothing running', async () => {
    const broken = path.join(root, 'broken');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'chunkserver-2'), 'a file where a directory belongs');
    const { code, stderr } = await runTessera(['up', '--detach', '--chunkservers', '2', '--dir', broken]);
    assert.equal(code, ExitCode.UNAVAILABLE, stderr);
    assert.match(stderr, /^tessera: UNAVAILABLE: chunkserver-2 did not start: it exited with code \d+/m);
    const info = JSON.parse((await runTessera(['status', '--json', '--dir', broken])).text);
    assert.equal(info.state, 'stopped');
  });
});

/** Resolves once no process has that pid. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
