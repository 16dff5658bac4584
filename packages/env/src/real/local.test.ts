import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { DiskError } from '../disk.js';
import { Recorder } from '../testing/recorder.js';
import { dropBytes } from './chunks.js';
import { diskErrorFrom } from './disk-errors.js';
import { createRealEnv } from './env.js';
import { TcpListener } from './tcp-listener.js';

/** What Node reads from a socket at a time. */
const READ_BYTES_MAX = 64 * 1024;

test("the system's errors become codes that say what to do", () => {
  const codes = {
    ENOENT: 'NOT_FOUND',
    EEXIST: 'EXISTS',
    ENOSPC: 'NO_SPACE',
    EDQUOT: 'NO_SPACE',
    EACCES: 'PERMISSION',
    EPERM: 'PERMISSION',
    EROFS: 'READ_ONLY',
    ENOTDIR: 'NOT_A_DIRECTORY',
    EIO: 'IO',
    EMFILE: 'IO',
    ESTALE: 'IO',
  };
  for (const [errno, code] of Object.entries(codes)) {
    const cause = Object.assign(new Error(`${errno}: as the system says`), { code: errno });
    const error = diskErrorFrom(cause, 'write', '/data/log');
    assert.deepEqual([error.code, error.path, error.cause], [code, '/data/log', cause]);
    assert.match(error.message, new RegExp(`^cannot write /data/log: .+ \\(${errno}\\)$`));
  }
  const own = new DiskError('IO', '/a', 'its own');
  assert.equal(diskErrorFrom(own, 'write', '/b'), own);
});

test('a write cut short goes on with the bytes it left', () => {
  const chunks = [[1, 2], [], [3], [4, 5, 6]].map((bytes) => Uint8Array.from(bytes));
  for (let count = 0; count <= 6; count++) {
    assert.deepEqual(Buffer.concat(dropBytes(chunks, count)), Buffer.concat(chunks).subarray(count));
  }
});

test('a directory the system will not make is an error, not a wait without end', async () => {
  const { disk } = createRealEnv();
  await assert.rejects(disk.makeDirectory('/proc/tessera/data'), DiskError);
});

test('a delay longer than Node takes does not come at once', async () => {
  const { clock } = createRealEnv();
  let calls = 0;
  const timers = [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY].map((delayMs) => clock.schedule(delayMs, () => calls++));
  await wait(20);
  assert.equal(calls, 0);
  for (const timer of timers) timer.cancel();
});

test('a peer that resets its connection is told apart from one that closes it', async () => {
  const { network } = createRealEnv();
  const heard: Recorder[] = [];
  const listener = await network.listen('127.0.0.1:0', () => {
    const recorder = new Recorder();
    heard.push(recorder);
    return recorder;
  });
  const leavings: [(socket: Socket) => void, string | undefined][] = [
    [(socket) => socket.resetAndDestroy(), 'BROKEN'],
    [(socket) => socket.end(), undefined],
  ];
  for (const [leave, code] of leavings) {
    const socket = new Socket();
    socket.connect(Number(listener.address.split(':')[1]), '127.0.0.1');
    await once(socket, 'connect');
    while (heard.length === 0) await wait(1);
    const recorder = heard.pop() as Recorder;
    leave(socket);
    while (recorder.closes === 0) await wait(1);
    assert.equal(recorder.error?.code, code);
  }
  await listener.close();
});

test('a paused connection takes in one chunk, however much its peer sends', async () => {
  const accepted: Socket[] = [];
  const listener = await TcpListener.listen('127.0.0.1:0', (socket) => accepted.push(socket.pause()));
  const peer = new Socket();
  try {
    peer.connect(Number(listener.address.split(':')[1]), '127.0.0.1');
    const sent = new Uint8Array(8 * 1024 * 1024);
    peer.write(sent);
    while ((accepted[0]?.readableLength ?? 0) === 0) await wait(1);
    // Each turn of the event loop would read another chunk.
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    const [socket] = accepted as [Socket];
    assert.ok(socket.readableLength <= READ_BYTES_MAX, `${socket.readableLength} bytes`);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.resume();
    while (bytes < sent.length) await wait(1);
  } finally {
    peer.destroy();
    await listener.close();
  }
});
