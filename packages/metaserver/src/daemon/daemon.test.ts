import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRealEnv } from '@tessera/env';
import { adminService, callMethod, clusterService, PROTOCOL_VERSION, v1 } from '@tessera/protocol';

const BIN = fileURLToPath(new URL('../../bin/tessera-metaserver.js', import.meta.url));
const START_MS_MAX = 30_000;
const CONNECTIONS_DROPPED = 10_000;
const CONNECTIONS_PER_WAVE = 200;
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const root = mkdtempSync(path.join(tmpdir(), 'tessera-metaserver-'));
const env = createRealEnv();
const running: Started[] = [];

afterEach(async () => {
  for (const daemon of running.splice(0)) {
    daemon.child.kill('SIGKILL');
    await daemon.ended;
  }
});

after(() => {
  env.close();
  rmSync(root, { recursive: true, force: true });
});

interface Started {
  child: ChildProcess;
  ended: Promise<number | string>;
  /** What it has written to stderr. */
  log(): string;
}

function start(args: readonly string[], variables: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', ...variables },
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  const daemon = { child, ended, log: () => text };
  running.push(daemon);
  return daemon;
}

/** Resolves once the daemon has said where it is. */
async function ready(daemon: Started, directory: string): Promise<{ address: string; health: string }> {
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

function directoryOf(name: string): string {
  return path.join(root, name);
}

function serveFlags(directory: string): string[] {
  return ['--dir', directory, '--listen', '127.0.0.1:0', '--health', '127.0.0.1:0'];
}

/** The last line of its log: pino's or commander's. */
function lastLine(daemon: Started): { level?: number; msg?: string; err?: { code?: string; message?: string } } {
  return JSON.parse(daemon.log().trim().split('\n').at(-1) ?? '');
}

async function status(address: string): Promise<v1.ClusterStatusReply> {
  const request = v1.ClusterStatusRequest.create({ context: { protocolVersion: PROTOCOL_VERSION } });
  return callMethod(env.network, address, adminService.clusterStatus, request, { deadlineMs: 10_000 });
}

test('it serves, says so, stops cleanly and comes back as the same cluster', async () => {
  const directory = directoryOf('lives');
  const daemon = start(serveFlags(directory));
  const { address, health } = await ready(daemon, directory);
  const response = await fetch(`http://${health}/healthz`);
  assert.equal(response.status, 200);
  const report = (await response.json()) as Record<string, unknown>;
  assert.deepEqual([report.status, report.role, report.era], ['serving', 'metaserver', 1]);
  assert.deepEqual(report.servers, { up: 0, suspect: 0, down: 0 });
  const first = await status(address);
  assert.equal(Buffer.from(first.clusterId).toString('hex'), report.clusterId);
  assert.match(first.alarms[0] ?? '', /no chunkserver has registered/);
  daemon.child.kill('SIGTERM');
  assert.equal(await daemon.ended, 0);
  assert.ok(!existsSync(path.join(directory, 'endpoint.json')));

  const again = start([], {
    TESSERA_METASERVER_DIR: directory,
    TESSERA_METASERVER_LISTEN: '127.0.0.1:0',
    TESSERA_METASERVER_HEALTH: '127.0.0.1:0',
    TESSERA_LOG_LEVEL: 'warn',
  });
  const endpoint = await ready(again, directory);
  const second = await status(endpoint.address);
  assert.deepEqual(second.clusterId, first.clusterId);
  assert.ok(second.era > first.era);
  again.child.kill('SIGINT');
  assert.equal(await again.ended, 0);
  assert.equal(again.log(), '', 'nothing below a warning is logged');
});

test('a killed daemon leaves a directory that the next one takes over', async () => {
  const directory = directoryOf('killed');
  const daemon = start(serveFlags(directory));
  const { address } = await ready(daemon, directory);
  const { clusterId } = await status(address);
  daemon.child.kill('SIGKILL');
  assert.equal(await daemon.ended, 'SIGKILL');
  const again = start(serveFlags(directory));
  const endpoint = await ready(again, directory);
  assert.deepEqual((await status(endpoint.address)).clusterId, clusterId);
});

test('a second daemon on the directory is refused, the first goes on', async () => {
  const directory = directoryOf('shared');
  const daemon = start(serveFlags(directory));
  const { health } = await ready(daemon, directory);
  const second = start(serveFlags(directory));
  assert.equal(await second.ended, 1);
  const { msg, err } = lastLine(second);
  assert.match(msg ?? '', /cannot start/);
  assert.equal(err?.code, 'LOCKED');
  assert.match(err?.message ?? '', /another daemon uses the directory .* stop it first/);
  assert.equal(JSON.parse(readFileSync(path.join(directory, 'endpoint.json'), 'utf8')).pid, daemon.child.pid);
  assert.equal((await fetch(`http://${health}/healthz`)).status, 200);
});

test('a port in use is told, for the service and for health', async () => {
  const directory = directoryOf('ports');
  const daemon = start(serveFlags(directory));
  const { address } = await ready(daemon, directory);
  for (const flags of [
    ['--listen', address],
    ['--listen', '127.0.0.1:0', '--health', address],
  ]) {
    const other = start(['--dir', directoryOf('ports-other'), ...flags]);
    assert.equal(await other.ended, 1);
    const { err } = lastLine(other);
    assert.equal(err?.code, 'ADDRESS_IN_USE');
    assert.match(err?.message ?? '', /another process uses that port: stop it, choose another port/);
  }
});

test('a directory that cannot be used is told', async () => {
  writeFileSync(directoryOf('file'), '');
  const daemon = start(serveFlags(path.join(directoryOf('file'), 'meta')));
  assert.equal(await daemon.ended, 1);
  const { msg, err } = lastLine(daemon);
  assert.match(msg ?? '', /cannot start; make .*file\/meta a directory that user \d+ can write to, or choose another/);
  assert.match(err?.message ?? '', /a part of the path is not a directory/);
});

test("another daemon's directory and a newer format are refused", async () => {
  const directory = directoryOf('foreign');
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'format.json'), '{"role":"chunkserver","version":1}');
  const foreign = start(serveFlags(directory));
  assert.equal(await foreign.ended, 1);
  assert.match(lastLine(foreign).err?.message ?? '', /belongs to a chunkserver, not to a metaserver/);
  writeFileSync(path.join(directory, 'format.json'), '{"role":"metaserver","version":2}');
  const newer = start(serveFlags(directory));
  assert.equal(await newer.ended, 1);
  assert.equal(lastLine(newer).err?.code, 'WRONG_VERSION');
  assert.match(lastLine(newer).err?.message ?? '', /format version 2, this release reads up to 1/);
});

test('wrong flags, variables and files exit with 2 and say what was expected', async () => {
  const file = path.join(root, 'wrong.toml');
  writeFileSync(file, 'dir = "x"\nlisten = "localhost"\nwitness_grace_ms = 5\n');
  for (const [flags, variables, expected] of [
    [[], {}, /^error: 'dir' is missing: give --dir <path>, TESSERA_METASERVER_DIR in the environment/],
    [['--dir', 'x', '--listen', '127.0.0.1:70707'], {}, /--listen cannot be '127.0.0.1:70707': expected host:port/],
    [['--dir', 'x'], { TESSERA_LOG_LEVEL: 'loud' }, /TESSERA_LOG_LEVEL cannot be 'loud': expected one of debug, info/],
    [['--dir', 'x', '--port', '1'], {}, /unknown option '--port'/],
    [
      ['--config', file],
      {},
      /wrong.toml:2: 'listen' cannot be "localhost"[\s\S]*wrong.toml:3: .*did you mean 'witness-grace-ms'/,
    ],
    [[], { TESSERA_METASERVER_CONFIG: path.join(root, 'none.toml') }, /cannot read .*none.toml: nothing has that name/],
    [['--config', root], {}, /is no regular file/],
  ] as const) {
    const daemon = start(flags, variables);
    assert.equal(await daemon.ended, 2, flags.join(' '));
    assert.match(daemon.log(), expected);
  }
  const help = start(['--help']);
  assert.equal(await help.ended, 0);
  assert.match(help.log(), /TESSERA_METASERVER_LISTEN[\s\S]*Exit codes: 0/);
});

test('it runs from a config file, which it shows when asked; flags win', async () => {
  const file = path.join(root, 'metaserver.toml');
  writeFileSync(file, 'dir = "configured"\nlisten = "127.0.0.1:0"\nhealth = "127.0.0.1:0"\nlog-level = "warn"\n');
  const check = start(['--config', file, '--check-config', '--log-level', 'error']);
  assert.equal(await check.ended, 0);
  assert.equal(
    check.log(),
    [
      '# Configuration of tessera-metaserver in force.',
      `dir = "${directoryOf('configured')}" # ${file}:1`,
      `listen = "127.0.0.1:0" # ${file}:2`,
      `health = "127.0.0.1:0" # ${file}:3`,
      '# metrics-listen: nowhere (default)',
      'witness-grace-ms = 8000 # default',
      'log-level = "error" # --log-level',
      '',
    ].join('\n'),
  );
  assert.ok(!existsSync(directoryOf('configured')));
  const shown = path.join(root, 'shown.toml');
  writeFileSync(shown, check.log());
  const daemon = start([], { TESSERA_METASERVER_CONFIG: shown });
  const { health } = await ready(daemon, directoryOf('configured'));
  assert.equal((await fetch(`http://${health}/healthz`)).status, 200);
  daemon.child.kill('SIGTERM');
  assert.equal(await daemon.ended, 0);
  assert.equal(daemon.log(), '');
});

test('random bytes and nonsense messages leave it serving', async () => {
  const directory = directoryOf('hostile');
  const daemon = start(serveFlags(directory));
  const { address, health } = await ready(daemon, directory);
  for (const target of [address, health]) {
    for (let round = 0; round < 50; round++) await sendBytes(target, env.random.fill(new Uint8Array(1 + round * 97)));
    await sendBytes(target, Buffer.from(HTTP2_PREFACE));
    const preface = Buffer.concat([Buffer.from(HTTP2_PREFACE), env.random.fill(new Uint8Array(9_000))]);
    await sendBytes(target, preface);
  }
  for (const method of [clusterService.register, clusterService.heartbeat, adminService.clusterStatus]) {
    for (let round = 0; round < 20; round++) {
      const bytes = env.random.fill(new Uint8Array(round * 7));
      await assert.rejects(env.network.call(address, method.path, bytes, { deadlineMs: 10_000 }));
    }
  }
  await assert.rejects(
    env.network.call(address, '/tessera.v1.Metadata/Nope', new Uint8Array(), { deadlineMs: 10_000 }),
    {
      statusCode: 12,
    },
  );
  assert.equal((await fetch(`http://${health}/healthz`)).status, 200);
  assert.equal((await status(address)).era, 1);
  daemon.child.kill('SIGTERM');
  assert.equal(await daemon.ended, 0);
});

test('ten thousand connections opened and dropped on each port leave it serving', async () => {
  const directory = directoryOf('dropped');
  const daemon = start(serveFlags(directory));
  const { address, health } = await ready(daemon, directory);
  // Nothing, a connection that begins well, and half a request.
  const beginnings = {
    [address]: ['', HTTP2_PREFACE, `${HTTP2_PREFACE}\0\0\0\u0004\0\0\0\0\0`],
    [health]: ['', 'GET /healthz HTTP/1.1\r\n', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
  };
  for (const [target, bytes] of Object.entries(beginnings)) {
    for (let opened = 0; opened < CONNECTIONS_DROPPED; opened += CONNECTIONS_PER_WAVE) {
      const wave = Array.from({ length: CONNECTIONS_PER_WAVE }, (_, index) =>
        sendBytes(target, Buffer.from(bytes[index % bytes.length] ?? '', 'latin1')),
      );
      await Promise.all(wave);
    }
    assert.equal((await status(address)).era, 1);
    assert.equal((await fetch(`http://${health}/healthz`)).status, 200);
  }
  daemon.child.kill('SIGTERM');
  assert.equal(await daemon.ended, 0);
});

test('a journal behind what a chunkserver saw ends the daemon with one line that says why', async () => {
  const directory = directoryOf('behind');
  const daemon = start(serveFlags(directory));
  const { address } = await ready(daemon, directory);
  const context = { protocolVersion: PROTOCOL_VERSION };
  const options = { deadlineMs: 10_000 };
  const disk = { diskId: new Uint8Array(16).fill(1), receiptKey: new Uint8Array(32), address: '127.0.0.1:7100' };
  const { server, clusterId } = await callMethod(
    env.network,
    address,
    clusterService.register,
    { context, ...disk },
    options,
  );
  const witness = { era: 1, lsn: 1_000_000, chain: new Uint8Array(32).fill(5) };
  const heartbeat = { context: { ...context, clusterId }, server, diskId: disk.diskId, witness };
  await assert.rejects(callMethod(env.network, address, clusterService.heartbeat, heartbeat, options));
  assert.equal(await daemon.ended, 1);
  const { level, msg, err } = lastLine(daemon);
  assert.deepEqual([level, msg, err?.code], [50, 'the metaserver must stop', 'DATA_LOSS']);
  assert.match(err?.message ?? '', /acknowledged transactions are missing\. Put back the newest journal/);
  assert.equal(daemon.log().match(/"level":50/g)?.length, 1);
});

test('a peer of another protocol version is refused', async () => {
  const directory = directoryOf('version');
  const daemon = start(serveFlags(directory));
  const { address } = await ready(daemon, directory);
  const request = v1.ClusterStatusRequest.create({ context: { protocolVersion: PROTOCOL_VERSION + 1 } });
  await assert.rejects(callMethod(env.network, address, adminService.clusterStatus, request, { deadlineMs: 10_000 }), {
    code: 'WRONG_VERSION',
    message: /speaks protocol version 3, this metaserver 2/,
  });
});

/** Sends the bytes and resolves once the connection is gone; what the peer makes of them is its affair. */
function sendBytes(address: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1', () => {
      socket.write(bytes, () => setImmediate(() => socket.destroy()));
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
    socket.resume();
  });
}
