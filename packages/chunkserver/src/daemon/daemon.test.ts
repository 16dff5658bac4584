import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRealEnv, type Listener } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { FakeMetaserver } from '../testing/fake-metaserver.js';
import { bytesOf, Peer } from '../testing/peer.js';
import { makePut } from '../testing/shards.js';

const BIN = fileURLToPath(new URL('../../bin/tessera-chunkserver.js', import.meta.url));
const START_MS_MAX = 30_000;
const root = mkdtempSync(path.join(tmpdir(), 'tessera-chunkserver-'));
const env = createRealEnv();
const running: Started[] = [];
const metaserver = new FakeMetaserver();
let listener: Listener;

before(async () => {
  listener = await metaserver.serve(env.network, '127.0.0.1:0');
});

afterEach(async () => {
  for (const daemon of running.splice(0)) {
    daemon.child.kill('SIGKILL');
    await daemon.ended;
  }
  metaserver.failure = undefined;
});

after(async () => {
  await listener.close();
  env.close();
  rmSync(root, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  ended: Promise<number | string>;
  log(): string;
}

interface Endpoint {
  role: string;
  pid: number;
  address: string;
  health: string;
}

function start(args: readonly string[], variables: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', ...variables },
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  const daemon = { child, ended, log: () => text };
  running.push(daemon);
  return daemon;
}

/** Resolves once the daemon has said where it is. */
async function ready(daemon: Started, directory: string): Promise<Endpoint> {
  const file = path.join(directory, 'endpoint.json');
  let exit: number | string | undefined;
  void daemon.ended.then((code) => {
    exit = code;
  });
  const deadline = performance.now() + START_MS_MAX;
  while (exit === undefined && performance.now() < deadline) {
    if (existsSync(file)) {
      const endpoint = JSON.parse(readFileSync(file, 'utf8'));
      if (endpoint.pid === daemon.child.pid) return endpoint;
    }
    await sleep(20);
  }
  return assert.fail(`the daemon is not ready (exit ${exit}): ${daemon.log()}`);
}

/** Resolves with its health once it serves. */
async function serving({ health }: Endpoint): Promise<Record<string, unknown>> {
  const deadline = performance.now() + START_MS_MAX;
  for (;;) {
    const response = await fetch(`http://${health}/healthz`);
    const report = (await response.json()) as Record<string, unknown>;
    if (response.status === 200 && report.registered) return report;
    assert.ok(performance.now() < deadline, JSON.stringify(report));
    await sleep(20);
  }
}

function flags(directory: string): string[] {
  return ['--dir', directory, '--metaserver', listener.address, '--health', '127.0.0.1:0'];
}

function directoryOf(name: string): string {
  return path.join(root, name);
}

/** The last line of its log. */
function lastLine(daemon: Started): { level?: number; msg?: string; err?: { code?: string; message?: string } } {
  return JSON.parse(daemon.log().trim().split('\n').at(-1) ?? '');
}

async function connect({ address }: Endpoint): Promise<Peer> {
  const peer = await Peer.connect(env.network, address);
  await peer.hello(metaserver.clusterId);
  return peer;
}

test('it joins, serves, stops cleanly, and after a kill too has every shard', async () => {
  const directory = directoryOf('lives');
  const put = makePut({ payload: env.random.fill(new Uint8Array(500_000)), stripe: 77n });
  let daemon = start([...flags(directory), '--label', 'host=h1', '--label', 'rack=r7', '--capacity-bytes', '1GiB']);
  let endpoint = await ready(daemon, directory);
  assert.deepEqual([endpoint.role, endpoint.pid], ['chunkserver', daemon.child.pid]);
  const report = await serving(endpoint);
  assert.deepEqual(
    [report.status, report.role, report.server, report.diskState],
    ['serving', 'chunkserver', 7, 'DISK_STATE_HEALTHY'],
  );
  assert.equal(report.capacityBytes, 1024 ** 3);
  const labels = metaserver.registrations.at(-1)?.labels.map(({ key, value }) => `${key}=${value}`);
  assert.deepEqual(labels, ['host=h1', 'rack=r7']);
  const peer = await connect(endpoint);
  await peer.write(put);
  daemon.child.kill('SIGTERM');
  assert.equal(await daemon.ended, 0);
  assert.ok(!existsSync(path.join(directory, 'endpoint.json')));

  daemon = start(['--metaserver', listener.address], {
    TESSERA_CHUNKSERVER_DIR: directory,
    TESSERA_CHUNKSERVER_LISTEN: '127.0.0.1:0',
    TESSERA_CHUNKSERVER_LABELS: 'rack=r7,site=north',
    TESSERA_CHUNKSERVER_HEALTH: '127.0.0.1:0',
    TESSERA_LOG_LEVEL: 'warn',
  });
  endpoint = await ready(daemon, directory);
  await serving(endpoint);
  assert.match(
    metaserver.registrations
      .at(-1)
      ?.labels.map(({ key, value }) => `${key}=${value}`)
      .join() ?? '',
    /^host=.+,rack=r7,site=north$/,
  );
  const again = await connect(endpoint);
  assert.deepEqual(bytesOf((await again.read(put))[0]), put.payload);
  const second = { ...put, stripe: 78n };
  await again.write(second);
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  assert.equal(daemon.log(), '', 'nothing below a warning is logged');

  daemon = start(flags(directory));
  endpoint = await ready(daemon, directory);
  await serving(endpoint);
  const third = await connect(endpoint);
  for (const shard of [put, second]) assert.deepEqual(bytesOf((await third.read(shard))[0]), put.payload);
  daemon.child.kill('SIGINT');
  assert.equal(await daemon.ended, 0);
});

test('a fresh disk without a metaserver waits, says so, and stops when asked to', async () => {
  const directory = directoryOf('alone');
  const unused = await env.network.listen('127.0.0.1:0', () => ({ data() {}, drain() {}, close() {} }));
  const metaserverAddress = unused.address;
  await unused.close();
  const daemon = start(['--dir', directory, '--metaserver', metaserverAddress, '--health', '127.0.0.1:0']);
  const { health } = await ready(daemon, directory);
  const deadline = performance.now() + START_MS_MAX;
  let report: Record<string, unknown> = {};
  while (!String(report.reason).includes('no word from the metaserver')) {
    assert.ok(performance.now() < deadline, JSON.stringify(report));
    const response = await fetch(`http://${health}/healthz`);
    assert.equal(response.status, 503);
    report = (await response.json()) as Record<string, unknown>;
    await sleep(20);
  }
  assert.equal(report.status, 'joining');
  daemon.child.kill('SIGTERM');
  assert.equal(await daemon.ended, 0);
});

test('a second daemon on the directory is refused, the first goes on', async () => {
  const directory = directoryOf('shared');
  const daemon = start(flags(directory));
  const endpoint = await ready(daemon, directory);
  const second = start(flags(directory));
  assert.equal(await second.ended, 1);
  const { msg, err } = lastLine(second);
  assert.match(msg ?? '', /cannot start/);
  assert.equal(err?.code, 'LOCKED');
  assert.match(err?.message ?? '', /another daemon uses the directory .* stop it first/);
  assert.equal(JSON.parse(readFileSync(path.join(directory, 'endpoint.json'), 'utf8')).pid, daemon.child.pid);
  await serving(endpoint);
});

test('a refusal by the metaserver ends it with one line that says why', async () => {
  const directory = directoryOf('refused');
  const daemon = start(flags(directory));
  await serving(await ready(daemon, directory));
  metaserver.failure = new TesseraError('WRONG_VERSION', 'this metaserver speaks version 2');
  assert.equal(await daemon.ended, 1);
  const { level, msg, err } = lastLine(daemon);
  assert.deepEqual([level, msg, err?.code], [50, 'the chunkserver must stop', 'WRONG_VERSION']);
  assert.equal(daemon.log().match(/"level":50/g)?.length, 1);
});

test('a disk of another cluster is refused', async () => {
  const directory = directoryOf('foreign');
  const daemon = start(flags(directory));
  await serving(await ready(daemon, directory));
  daemon.child.kill('SIGTERM');
  await daemon.ended;
  const other = new FakeMetaserver(new Uint8Array(16).fill(0xdd));
  const elsewhere = await other.serve(env.network, '127.0.0.1:0');
  try {
    const moved = start(['--dir', directory, '--metaserver', elsewhere.address]);
    assert.equal(await moved.ended, 1);
    assert.equal(lastLine(moved).err?.code, 'WRONG_CLUSTER');
    assert.match(lastLine(moved).err?.message ?? '', /this disk belongs to cluster c1c1.* to dddd/);
  } finally {
    await elsewhere.close();
  }
});

test('a port in use, a directory that cannot be used and one that is not ours are told', async () => {
  const directory = directoryOf('ports');
  const daemon = start(flags(directory));
  const { address } = await ready(daemon, directory);
  for (const extra of [
    ['--listen', address],
    ['--health', address],
  ]) {
    const other = start(['--dir', directoryOf('ports-other'), '--metaserver', listener.address, ...extra]);
    assert.equal(await other.ended, 1);
    assert.equal(lastLine(other).err?.code, 'ADDRESS_IN_USE');
    assert.match(lastLine(other).err?.message ?? '', /another process uses that port: stop it, choose another port/);
  }
  writeFileSync(directoryOf('file'), '');
  const unusable = start(flags(path.join(directoryOf('file'), 'disk')));
  assert.equal(await unusable.ended, 1);
  assert.match(lastLine(unusable).msg ?? '', /cannot start; make .*file\/disk a directory that user \d+ can write to/);
  mkdirSync(directoryOf('home'));
  writeFileSync(path.join(directoryOf('home'), 'notes.txt'), 'dear diary');
  const foreign = start(flags(directoryOf('home')));
  assert.equal(await foreign.ended, 1);
  assert.match(lastLine(foreign).err?.message ?? '', /is not empty and holds no identity .*notes.txt/);
  assert.equal(readFileSync(path.join(directoryOf('home'), 'notes.txt'), 'utf8'), 'dear diary');
});

test('wrong flags and values exit with 2 and say what was expected, --help with 0', async () => {
  for (const [args, expected, code] of [
    [['--dir', 'x'], /'metaserver' is missing: give --metaserver <host:port>/, 2],
    [['--dir', 'x', '--metaserver', '127.0.0.1:1', '--port', '1'], /unknown option '--port'/, 2],
    [['--help'], /TESSERA_CHUNKSERVER_LABELS[\s\S]*Exit codes: 0/, 0],
  ] as const) {
    const daemon = start(args);
    assert.equal(await daemon.ended, code, args.join(' '));
    assert.match(daemon.log(), expected);
  }
});

test('it runs from a config file, which it shows when asked', async () => {
  const file = path.join(root, 'chunkserver.toml');
  const lines = [
    `metaserver = "${listener.address}"`,
    'dir = "configured"',
    'health = "127.0.0.1:0"',
    'capacity-bytes = "1GiB"',
  ];
  writeFileSync(file, [...lines, '', '[labels]', 'host = "h7"', 'rack = "r2"', ''].join('\n'));
  const check = start(['--config', file, '--check-config'], { TESSERA_CHUNKSERVER_CAPACITY_BYTES: '2GiB' });
  assert.equal(await check.ended, 0);
  assert.match(check.log(), /capacity-bytes = "2GiB" # TESSERA_CHUNKSERVER_CAPACITY_BYTES/);
  assert.ok(check.log().includes(`labels = { host = "h7", rack = "r2" } # ${file}:6`), check.log());
  const daemon = start(['--config', file]);
  const report = await serving(await ready(daemon, directoryOf('configured')));
  assert.equal(report.capacityBytes, 1024 ** 3);
  assert.deepEqual(
    metaserver.registrations.at(-1)?.labels.map(({ key, value }) => `${key}=${value}`),
    ['host=h7', 'rack=r2'],
  );
});
