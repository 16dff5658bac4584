import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRealEnv, type Listener, type Log, silentLog } from '@tessera/env';
import { createLevelEngine } from '@tessera/kv';
import { encodeFrameHead, FrameKind } from '@tessera/protocol';
import { type Chunkserver, startChunkserver } from '../chunkserver.js';
import { FakeMetaserver } from '../testing/fake-metaserver.js';
import { bytesOf, encodeWrite, Peer } from '../testing/peer.js';
import { makePut, randomPayload } from '../testing/shards.js';

const CONNECTIONS = 10_000;
const CONNECTIONS_AT_ONCE = 200;
const WAIT_MS_MAX = 30_000;

const env = createRealEnv();
const directory = mkdtempSync(path.join(tmpdir(), 'tessera-chunkserver-'));
const warnings: string[] = [];
const log: Log = { ...silentLog, warn: (fields, message) => warnings.push(`${message} ${JSON.stringify(fields)}`) };
const metaserver = new FakeMetaserver();
let listener: Listener;
let running: Chunkserver;

before(async () => {
  listener = await metaserver.serve(env.network, '127.0.0.1:0');
  running = await startChunkserver(
    { ...env, kv: createLevelEngine(), log },
    {
      directory: path.join(directory, 'disk'),
      metaserver: listener.address,
      listen: '127.0.0.1:0',
      labels: [],
      logFileBytes: 8 * 1024 ** 2,
      onFatal: (error) => assert.fail(error),
    },
  );
  await until(() => running.health().fields.registered === true);
});

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_MS_MAX;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `not within ${WAIT_MS_MAX} ms: ${condition}`);
    await sleep(10);
  }
}

after(async () => {
  await running.close();
  await listener.close();
  env.close();
  rmSync(directory, { recursive: true, force: true });
});

async function helloed(): Promise<Peer> {
  const peer = await Peer.connect(env.network, running.address);
  await peer.hello(metaserver.clusterId);
  return peer;
}

async function assertServes(): Promise<void> {
  const peer = await helloed();
  const put = makePut({ payload: randomPayload(env.random), stripe: 0xfeedn });
  await peer.write(put);
  assert.deepEqual(bytesOf((await peer.read(put))[0]), put.payload);
  assert.equal(await peer.delete(put, 1), true);
  peer.connection.end();
  await peer.ended;
}

/** Connects, sends some bytes, and breaks off. */
function touch(bytes: Uint8Array | undefined): Promise<void> {
  const port = Number(running.address.split(':').at(-1));
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      if (bytes === undefined) socket.destroy();
      else socket.write(bytes, () => socket.destroy());
    });
    socket.once('error', (error) =>
      (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? resolve() : reject(error),
    );
    socket.once('close', () => resolve());
  });
}

describe('over TCP', () => {
  it('pipelined shards over several connections come back as they were', async () => {
    const peers = [await helloed(), await helloed(), await helloed()];
    const puts = Array.from({ length: 150 }, (_, index) =>
      makePut({ payload: randomPayload(env.random, 600_000), stripe: BigInt(index + 1), slot: index % 6 }),
    );
    await Promise.all(puts.map((put, index) => (peers[index % 3] as Peer).write(put)));
    const answers = await Promise.all(puts.map((put, index) => (peers[(index + 1) % 3] as Peer).read(put)));
    answers.forEach(([answer], index) => {
      assert.deepEqual(bytesOf(answer), puts[index]?.payload);
    });
    const ranges = await Promise.all(
      puts.map((put) => (peers[0] as Peer).read({ ...put, firstBlock: 0, blockCount: 1 })),
    );
    ranges.forEach(([answer], index) => {
      assert.deepEqual(bytesOf(answer), puts[index]?.payload.subarray(0, 65_536));
    });
    assert.equal(running.health().fields.shards, puts.length);
    for (const peer of peers) peer.connection.end();
  });

  it('a reader that takes its replies slowly gets every byte right, since buffers go round only when sent', async () => {
    const peer = await helloed();
    const puts = Array.from({ length: 12 }, (_, index) =>
      makePut({ payload: env.random.fill(new Uint8Array(1024 ** 2)), stripe: BigInt(5000 + index) }),
    );
    for (const put of puts) await peer.write(put);
    peer.connection.pause();
    const reads = Promise.all([...puts, ...puts].map((put) => peer.read(put)));
    await sleep(200);
    // Others use the pool meanwhile.
    const other = await helloed();
    for (const put of puts) assert.deepEqual(bytesOf((await other.read(put))[0]), put.payload);
    peer.connection.resume();
    (await reads).forEach(([answer], index) => {
      assert.deepEqual(bytesOf(answer), puts[index % puts.length]?.payload);
    });
    for (const one of [peer, other]) one.connection.end();
  });

  it('random bytes and frames cut short, before and after HELLO, leave it serving', async () => {
    const put = makePut({ payload: new Uint8Array(70_000) });
    const header = encodeWrite(put);
    const frame = Buffer.concat([encodeFrameHead(FrameKind.WRITE, 0, 9, header, put.payload.length), put.payload]);
    for (let round = 0; round < 60; round++) {
      const bytes =
        round % 2 === 0 ? env.random.fill(new Uint8Array(1 + round * 37)) : frame.subarray(0, 1 + round * 1100);
      const peer = round % 4 < 2 ? await helloed() : await Peer.connect(env.network, running.address);
      peer.send(bytes);
      peer.connection.end();
      await peer.ended;
    }
    await assertServes();
  });

  it(`${CONNECTIONS} connections opened and dropped leave it serving, and nothing behind`, async () => {
    const faultsBefore = running.health().fields.connectionFaults as number;
    const garbage = new TextEncoder().encode('GET / HTTP/1.0\r\n\r\n');
    for (let count = 0; count < CONNECTIONS; count += CONNECTIONS_AT_ONCE) {
      const batch = Array.from({ length: CONNECTIONS_AT_ONCE }, (_, index) =>
        touch(index % 4 === 0 ? garbage : undefined),
      );
      await Promise.all(batch);
    }
    await assertServes();
    await until(() => running.health().fields.connections === 0);
    assert.equal(running.health().fields.bodyBytes, 0);
    const lines = warnings.filter((line) => line.startsWith('closed a connection')).length;
    const faults = (running.health().fields.connectionFaults as number) - faultsBefore;
    assert.ok(faults > 100, `${faults} faults`);
    assert.ok(lines < faults / 5, `${lines} lines for ${faults} faults`);
  });
});
