import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BLOCK_BYTES } from '@tessera/protocol';
import { bytesOf, type Peer } from '../testing/peer.js';
import { makePut } from '../testing/shards.js';
import { SimulatedChunkserver } from '../testing/simulated-chunkserver.js';
import { REQUEST_BYTES } from './limits.js';

const MIB = 1024 ** 2;
const SHARD_BYTES = 4 * BLOCK_BYTES;

/** Runs until everything is settled and returns the most memory that bodies held meanwhile. */
async function watch(machine: SimulatedChunkserver, work: Promise<unknown>): Promise<number> {
  let most = 0;
  let settled = false;
  const mark = () => {
    settled = true;
  };
  work.then(mark, mark);
  await machine.until(() => {
    most = Math.max(most, machine.running?.health().fields.bodyBytes as number);
    return settled;
  }, 600_000);
  await work;
  return most;
}

function shard(machine: SimulatedChunkserver, stripe: number) {
  return makePut({ payload: machine.world.random.fill(new Uint8Array(SHARD_BYTES)), stripe: BigInt(stripe) });
}

describe('back-pressure', () => {
  it('bounds memory while the disk is slow, and loses nothing', async () => {
    const machine = new SimulatedChunkserver({ seed: 1, disk: { syncMsMin: 200, syncMsMax: 400 } });
    await machine.start({ limits: { bodyBytesPerServerMax: 2 * MIB, unsyncedBytesMax: MIB }, logFileBytes: 8 * MIB });
    const peers: Peer[] = [];
    for (let count = 0; count < 10; count++) peers.push(await machine.peer());
    const puts = Array.from({ length: 100 }, (_, index) => shard(machine, index + 1));
    const writes = Promise.all(puts.map((put, index) => (peers[index % 10] as Peer).write(put)));
    const most = await watch(machine, writes);
    assert.ok(most > MIB && most <= 2 * MIB, `${most} bytes at most`);
    for (const put of puts)
      assert.deepEqual(bytesOf((await machine.drive((peers[0] as Peer).read(put)))[0]), put.payload);
    await machine.pass(100);
    assert.equal(machine.running?.health().fields.bodyBytes, 0);
  });

  it('reads no more from a connection that has too much in work; others go on', async () => {
    const machine = new SimulatedChunkserver({ seed: 2, disk: { syncMsMin: 500, syncMsMax: 600 } });
    await machine.start({
      limits: { bytesPerConnectionMax: MIB, unsyncedBytesMax: SHARD_BYTES },
      logFileBytes: 8 * MIB,
    });
    const greedy = await machine.peer();
    const modest = await machine.peer();
    const puts = Array.from({ length: 40 }, (_, index) => shard(machine, index + 1));
    const writes = Promise.all(puts.map((put) => greedy.write(put)));
    await machine.pass(400);
    assert.ok(greedy.connection.queuedBytes > 4 * MIB, 'the sender is held up');
    // One body may be on its way when the limit is met.
    assert.ok((machine.running?.health().fields.bodyBytes as number) <= MIB + SHARD_BYTES);
    assert.equal(await machine.drive(modest.delete({ pg: 1, stripe: 999n, slot: 0 }, 1)), false);
    assert.ok(greedy.connection.queuedBytes > 4 * MIB, 'the other one did not have to wait for it');
    await watch(machine, writes);
  });

  it('bounds the requests of a connection in work', async () => {
    const machine = new SimulatedChunkserver({ seed: 3, disk: { readMsMin: 50, readMsMax: 60 } });
    await machine.start({ limits: { requestsPerConnectionMax: 4, warmBytesMax: 0 } });
    const peer = await machine.peer();
    const put = shard(machine, 1);
    await machine.drive(peer.write(put));
    const since = machine.world.nowMs;
    const answers = await machine.drive(Promise.all(Array.from({ length: 40 }, () => peer.read(put))));
    for (const [answer] of answers) assert.deepEqual(bytesOf(answer), put.payload);
    assert.equal(answers.length, 40);
    assert.ok(machine.world.nowMs - since >= 10 * 50, 'ten rounds of four');
  });

  it('bounds the memory of replies, also when a frame asks for much', async () => {
    const machine = new SimulatedChunkserver({ seed: 4 });
    await machine.start({ limits: { bodyBytesPerServerMax: 20 * MIB }, logFileBytes: 64 * MIB });
    const peers: Peer[] = [];
    for (let count = 0; count < 6; count++) peers.push(await machine.peer());
    const put = makePut({ payload: machine.world.random.fill(new Uint8Array(8 * MIB)), stripe: 5n });
    await machine.drive((peers[0] as Peer).write(put));
    const reads = Promise.all(peers.flatMap((peer) => [peer.read(put), peer.read(put, put)]));
    const most = await watch(machine, reads);
    assert.ok(most > 8 * MIB && most <= 20 * MIB, `${most} bytes at most`);
    for (const answers of await reads)
      for (const answer of answers) assert.equal(bytesOf(answer).length, put.payload.length);
  });

  it('bounds memory when peers leave and come back while the disk hangs', async () => {
    const machine = new SimulatedChunkserver({ seed: 6 });
    const running = await machine.start({
      limits: { bodyBytesPerServerMax: 2 * MIB, unsyncedBytesMax: MIB },
      logFileBytes: 64 * MIB,
    });
    const held = () => running.health().fields.bodyBytes as number;
    let hangs = true;
    machine.world.faults = ({ process, kind }) =>
      hangs && process === 'chunkserver' && kind === 'disk.sync' ? { type: 'delay', delayMs: 30_000 } : undefined;
    let stripe = 0;
    for (const expected of [3, 6]) {
      const peer = await machine.peer();
      for (let count = 0; count < 3; count++) peer.write(shard(machine, ++stripe)).catch(() => {});
      await machine.pass(100);
      peer.connection.destroy();
      await machine.until(() => running.health().fields.connections === 0);
      assert.equal(held(), expected * SHARD_BYTES, 'what was sent is still in memory, though its sender has left');
    }
    const last = await machine.peer();
    const puts = Array.from({ length: 20 }, () => shard(machine, ++stripe));
    const writes = Promise.all(puts.map((put) => last.write(put)));
    await machine.pass(100);
    assert.equal(held(), 2 * MIB);
    hangs = false;
    assert.ok((await watch(machine, writes)) <= 2 * MIB);
    for (const put of puts) assert.deepEqual(bytesOf((await machine.drive(last.read(put)))[0]), put.payload);
    await machine.pass(100);
    assert.equal(held(), 0);
    assert.equal(running.health().fields.headerBytes, 0);
  });

  it('bounds the memory of requests without bodies, too', async () => {
    const machine = new SimulatedChunkserver({ seed: 7, disk: { readMsMin: 50, readMsMax: 60 } });
    const running = await machine.start({ limits: { headerBytesPerServerMax: 4 * REQUEST_BYTES, warmBytesMax: 0 } });
    const peers = [await machine.peer(), await machine.peer()];
    const put = shard(machine, 1);
    await machine.drive((peers[0] as Peer).write(put));
    let most = 0;
    let answered = 0;
    for (const peer of peers) {
      for (let count = 0; count < 20; count++) void peer.describe(put).then(() => answered++);
    }
    await machine.until(() => {
      most = Math.max(most, running.health().fields.headerBytes as number);
      return answered === 40;
    });
    assert.ok(most > 2 * REQUEST_BYTES && most <= 4 * REQUEST_BYTES, `${most} bytes at most`);
    await machine.pass(100);
    assert.equal(running.health().fields.headerBytes, 0);
  });

  it('lets go of reads that waited for memory when their peer leaves', async () => {
    const machine = new SimulatedChunkserver({ seed: 8 });
    const running = await machine.start({
      limits: { bodyBytesPerServerMax: 20 * MIB, warmBytesMax: 0 },
      logFileBytes: 64 * MIB,
    });
    const peer = await machine.peer();
    const put = makePut({ payload: machine.world.random.fill(new Uint8Array(8 * MIB)), stripe: 5n });
    await machine.drive(peer.write(put));
    // A deaf one has the memory, …
    const deaf = await machine.peer();
    deaf.connection.pause();
    for (let count = 0; count < 2; count++) deaf.read(put).catch(() => {});
    await machine.pass(1000);
    // … and two wait for it.
    const leaving = await machine.peer();
    leaving.read(put).catch(() => {});
    const staying = peer.read(put);
    await machine.pass(1000);
    leaving.connection.destroy();
    await machine.until(() => running.health().fields.connections === 2);
    deaf.connection.destroy();
    assert.deepEqual(bytesOf((await machine.drive(staying))[0]), put.payload);
    await machine.pass(100);
    assert.equal(running.health().fields.bodyBytes, 0);
    assert.equal(running.health().fields.headerBytes, 0);
  });

  it('takes no more connections than it may', async () => {
    const machine = new SimulatedChunkserver({ seed: 5 });
    await machine.start({ limits: { connectionsMax: 3 } });
    const peers = [await machine.peer(), await machine.peer(), await machine.peer()];
    const fourth = await machine.connect();
    await machine.until(() => fourth.closed !== undefined);
    assert.ok(machine.warnings.some((line) => line.includes('3 connections are open')));
    peers[0]?.connection.end();
    await machine.pass(1000);
    await machine.peer();
  });
});
