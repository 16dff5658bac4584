import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BLOCK_BYTES } from '@tessera/protocol';
import { bytesOf, type Peer } from '../testing/peer.js';
import { makePut } from '../testing/shards.js';
import { SimulatedChunkserver } from '../testing/simulated-chunkserver.js';

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
      limits: { bodyBytesPerConnectionMax: MIB, unsyncedBytesMax: SHARD_BYTES },
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
    await machine.start({ limits: { requestsPerConnectionMax: 4 } });
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
