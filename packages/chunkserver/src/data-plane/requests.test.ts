import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BLOCK_BYTES,
  blockChecksums,
  ERA_MAX,
  encodeFrameHead,
  FrameKind,
  receiptHolds,
  type TesseraError,
  v1,
} from '@tessera/protocol';
import type { PutRequest } from '../log/append-request.js';
import { bytesOf, encodeWrite, type Peer } from '../testing/peer.js';
import { makePut, randomPayload } from '../testing/shards.js';
import { SimulatedChunkserver } from '../testing/simulated-chunkserver.js';

async function setup(seed: string): Promise<{ machine: SimulatedChunkserver; peer: Peer }> {
  const machine = new SimulatedChunkserver({ seed });
  await machine.start();
  return { machine, peer: await machine.peer() };
}

function randomPut(machine: SimulatedChunkserver, fields: Partial<PutRequest> = {}): PutRequest {
  return makePut({ payload: randomPayload(machine.world.random), ...fields });
}

describe('requests', () => {
  it('WRITE answers with root and a receipt of this server', async () => {
    const { machine, peer } = await setup('write');
    const put = randomPut(machine, { pg: 3, stripe: 77n, slot: 2, position: 5 });
    const reply = await machine.drive(peer.write(put));
    const registration = machine.metaserver.registrations[0] as v1.RegisterRequest;
    const { pg, stripe, slot, position, root } = put;
    const claim = { pg, stripe, slot, position, root, length: put.payload.length, server: 7 };
    const synced = { ...claim, durability: v1.Durability.DURABILITY_SYNCED };
    assert.equal(reply.durability, synced.durability);
    assert.ok(receiptHolds(registration.receiptKey, synced, reply.receipt));
    assert.equal(reply.server, 7);
    assert.equal(Buffer.from(reply.root).readBigUInt64BE(), root);
    assert.deepEqual(await machine.drive(peer.write(put)), reply, 'the same again is answered the same');
    assert.deepEqual(await machine.drive(peer.write(put, v1.Durability.DURABILITY_UNSPECIFIED)), reply);
    // A receipt vouches for the durability that was asked for, and says so.
    const written = { ...claim, durability: v1.Durability.DURABILITY_WRITTEN };
    const unsynced = await machine.drive(peer.write(put, written.durability));
    assert.equal(unsynced.durability, written.durability);
    assert.ok(receiptHolds(registration.receiptKey, written, unsynced.receipt));
    assert.ok(!receiptHolds(registration.receiptKey, synced, unsynced.receipt));
    assert.equal(machine.running?.health().fields.shards, 1);
  });

  it('WRITE of an existing id with other bytes or at another position is a CONFLICT', async () => {
    const { machine, peer } = await setup('conflict');
    const put = randomPut(machine);
    await machine.drive(peer.write(put));
    const other = randomPut(machine);
    await assert.rejects(machine.drive(peer.write(other)), { code: 'CONFLICT' });
    await assert.rejects(machine.drive(peer.write({ ...put, position: 9 })), { code: 'CONFLICT' });
    assert.deepEqual(bytesOf((await machine.drive(peer.read(put)))[0]), put.payload);
  });

  it('two WRITEs of one id at the same time: one wins, the other agrees or conflicts', async () => {
    const { machine, peer } = await setup('race');
    const put = randomPut(machine);
    const other = randomPut(machine);
    const [first, second, third] = await machine.drive(
      Promise.allSettled([peer.write(put), peer.write(other), peer.write(put)]),
    );
    assert.equal(first?.status, 'fulfilled');
    assert.equal(third?.status, 'fulfilled');
    assert.equal(second?.status, 'rejected');
    assert.equal((second as PromiseRejectedResult).reason.code, 'CONFLICT');
    assert.equal(machine.running?.health().fields.shards, 1);
  });

  const bad: [string, (put: PutRequest) => PutRequest, RegExp][] = [
    ['a slot beyond the stripe', (put) => ({ ...put, slot: 6 }), /slot 6 of a stripe with 6 slots/],
    ['a slot beyond all stripes', (put) => ({ ...put, slot: 65_536 }), /at most 48 slots/],
    ['a position beyond all groups', (put) => ({ ...put, position: 48 }), /position 48; the highest is 47/],
    ['no stripe id', (put) => ({ ...put, stripe: 0n }), /names no stripe/],
    ['no data shard', (put) => described(put, { dataCount: 0 }), /0 data and 2 parity shards/],
    ['too much parity', (put) => described(put, { parityCount: 17 }), /4 data and 17 parity shards/],
    ['a slot too few', (put) => described(put, { slots: put.description.slots.slice(1) }), /5 slots are described/],
    ['a body cut short', (put) => ({ ...put, payload: put.payload.slice(1) }), /the body has 999 bytes/],
    ['no body', (put) => ({ ...put, payload: new Uint8Array(0) }), /the body has 0 bytes/],
    ['a block list too long', (put) => withSlot(put, 1, { blockChecksums: new Uint8Array(800) }), /800 bytes of block/],
    ['an empty slot', (put) => withSlot(put, 1, listed(0)), /slot 1 has 0 bytes/],
    ['parity of another length', (put) => withSlot(put, 5, listed(100)), /parity slot 5 has 100 bytes/],
    ['data slots of more than a stripe may have', (put) => bigSlots(put), /the data slots have \d+ bytes/],
    ['a flipped bit in the body', flipBody, /block 0 does not have the checksum/],
  ];
  for (const [what, change, message] of bad) {
    it(`WRITE with ${what} is refused, and the connection goes on`, async () => {
      const { machine, peer } = await setup('bad write');
      const put = makePut({ payload: machine.world.random.fill(new Uint8Array(1000)) });
      const code = change === flipBody ? 'CORRUPT' : 'INVALID_ARGUMENT';
      await assert.rejects(machine.drive(peer.write(change(put))), { code, message });
      const [answer] = await machine.drive(peer.read(put));
      assert.equal((answer as TesseraError).code, 'NOT_FOUND');
      await machine.drive(peer.write(put));
      assert.deepEqual(bytesOf((await machine.drive(peer.read(put)))[0]), put.payload);
    });
  }

  it('READ answers several shards and ranges in order, each with its own error', async () => {
    const { machine, peer } = await setup('read');
    const payload = machine.world.random.fill(new Uint8Array(5 * BLOCK_BYTES + 100));
    const large = randomPut(machine, { payload, stripe: 1n });
    const small = randomPut(machine, { stripe: 2n, slot: 3 });
    for (const put of [large, small]) await machine.drive(peer.write(put));
    const answers = await machine.drive(
      peer.read(
        { ...small },
        { ...large, firstBlock: 1, blockCount: 2 },
        { ...large, firstBlock: 4, blockCount: 9 },
        { ...large, firstBlock: 6 },
        { pg: 1, stripe: 99n, slot: 0 },
        { ...large, firstBlock: 3 },
      ),
    );
    assert.deepEqual(bytesOf(answers[0]), small.payload);
    assert.deepEqual(bytesOf(answers[1]), payload.subarray(BLOCK_BYTES, 3 * BLOCK_BYTES));
    assert.deepEqual(bytesOf(answers[2]), payload.subarray(4 * BLOCK_BYTES));
    assert.equal((answers[3] as TesseraError).code, 'OUT_OF_RANGE');
    assert.equal((answers[4] as TesseraError).code, 'NOT_FOUND');
    assert.deepEqual(bytesOf(answers[5]), payload.subarray(3 * BLOCK_BYTES));
    for (const at of [1, 2, 5]) {
      const answer = answers[at] as Exclude<(typeof answers)[number], TesseraError>;
      assert.equal(answer.length, payload.length);
      assert.deepEqual(Buffer.from(answer.blockChecksums), Buffer.from(blockChecksums(payload)));
    }
  });

  it('READ refuses what does not fit into one frame, and frames with no or too many reads', async () => {
    const { machine, peer } = await setup('too large');
    const payload = machine.world.random.fill(new Uint8Array(9 * 1024 ** 2));
    const put = randomPut(machine, { payload });
    await machine.drive(peer.write(put));
    const answers = await machine.drive(peer.read(put, put, { ...put, blockCount: 1 }));
    assert.deepEqual(bytesOf(answers[0]), payload);
    assert.equal((answers[1] as TesseraError).code, 'TOO_LARGE');
    assert.deepEqual(bytesOf(answers[2]), payload.subarray(0, BLOCK_BYTES));
    await assert.rejects(machine.drive(peer.read()), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(machine.drive(peer.read(...new Array(257).fill(put))), { code: 'INVALID_ARGUMENT' });
  });

  it('DESCRIBE tells position and description', async () => {
    const { machine, peer } = await setup('describe');
    const put = randomPut(machine, { slot: 4, position: 11 });
    await machine.drive(peer.write(put));
    const reply = await machine.drive(peer.describe(put));
    assert.equal(reply.position, 11);
    assert.equal(reply.description?.dataCount, 4);
    const lists = reply.description?.slots?.map((slot) => [
      slot.length,
      Buffer.from(slot.blockChecksums ?? []).toString('hex'),
    ]);
    assert.deepEqual(
      lists,
      put.description.slots.map((slot) => [slot.length, Buffer.from(slot.blockChecksums).toString('hex')]),
    );
    await assert.rejects(machine.drive(peer.describe({ ...put, stripe: 5n })), { code: 'NOT_FOUND' });
  });

  it('DELETE removes durably, answers for what is not there, and refuses older eras', async () => {
    const machine = new SimulatedChunkserver({ seed: 'delete' });
    machine.metaserver.witness = { era: 5, lsn: 1 };
    await machine.start();
    const peer = await machine.peer();
    const put = randomPut(machine);
    await machine.drive(peer.write(put));
    assert.equal(await machine.drive(peer.delete(put, 5)), true);
    assert.equal(((await machine.drive(peer.read(put)))[0] as TesseraError).code, 'NOT_FOUND');
    assert.equal(await machine.drive(peer.delete(put, 5)), false);
    await assert.rejects(machine.drive(peer.delete(put, 4)), { code: 'DEPOSED', message: /era 4.*has seen era 5/ });
    machine.process.crash('power');
    machine.restart();
    await machine.startAlone();
    const again = await machine.peer();
    assert.equal(((await machine.drive(again.read(put)))[0] as TesseraError).code, 'NOT_FOUND');
    await assert.rejects(machine.drive(again.delete(put, 4)), { code: 'DEPOSED' });
    // Moved away and back again: a deleted shard may be written anew.
    await machine.drive(again.write(put));
    assert.deepEqual(bytesOf((await machine.drive(again.read(put)))[0]), put.payload);
  });

  it('DELETE from an era that the disk has not heard of from its metaserver waits for that, and teaches it nothing', async () => {
    const { machine, peer } = await setup('unheard');
    const put = randomPut(machine);
    await machine.drive(peer.write(put));
    for (const era of [2, ERA_MAX, ERA_MAX + 1, 2 ** 32 - 1]) {
      const refusal = { code: 'UNAVAILABLE', message: /is of era 1 so far: try again/ };
      await assert.rejects(machine.drive(peer.delete(put, era)), refusal);
    }
    assert.equal(machine.running?.health().fields.eraSeen, 1);
    assert.deepEqual(bytesOf((await machine.drive(peer.read(put)))[0]), put.payload);
    machine.metaserver.witness = { era: 2, lsn: 1 };
    await machine.until(() => machine.running?.health().fields.eraSeen === 2);
    assert.equal(await machine.drive(peer.delete(put, 2)), true);
  });

  it('of an unknown kind are answered with UNIMPLEMENTED', async () => {
    const { machine, peer } = await setup('unknown');
    await assert.rejects(machine.drive(peer.request(99, Uint8Array.of(1, 2))), { code: 'UNIMPLEMENTED' });
    assert.equal(await machine.drive(peer.delete({ pg: 1, stripe: 1n, slot: 0 }, 1)), false);
  });

  it('are pipelined: many in one go, answered as they get done', async () => {
    const { machine, peer } = await setup('pipeline');
    const puts = Array.from({ length: 100 }, (_, index) => randomPut(machine, { stripe: BigInt(index + 1) }));
    const chunks = puts.flatMap((put, index) => {
      const header = encodeWrite(put);
      return [encodeFrameHead(FrameKind.WRITE, 0, 1000 + index, header, put.payload.length), put.payload];
    });
    peer.send(...chunks);
    await machine.until(() => peer.replies.length >= 101);
    const answers = await machine.drive(Promise.all(puts.map((put) => peer.read(put))));
    answers.forEach(([answer], index) => {
      assert.deepEqual(bytesOf(answer), puts[index]?.payload);
    });
    assert.equal(machine.running?.health().fields.shards, 100);
  });

  it('that were acknowledged as synced survive power loss', async () => {
    const { machine, peer } = await setup('durability');
    const puts = Array.from({ length: 30 }, (_, index) => randomPut(machine, { stripe: BigInt(index + 1) }));
    await machine.drive(Promise.all(puts.map((put) => peer.write(put))));
    machine.process.crash('power');
    machine.restart();
    await machine.startAlone();
    const again = await machine.peer();
    for (const put of puts) assert.deepEqual(bytesOf((await machine.drive(again.read(put)))[0]), put.payload);
  });
});

function described(put: PutRequest, change: Partial<PutRequest['description']>): PutRequest {
  return { ...put, description: { ...put.description, ...change } };
}

function withSlot(
  put: PutRequest,
  slot: number,
  change: Partial<PutRequest['description']['slots'][number]>,
): PutRequest {
  const slots = put.description.slots.map((one, at) => (at === slot ? { ...one, ...change } : one));
  return { ...put, description: { ...put.description, slots } };
}

function listed(length: number) {
  return { length, blockChecksums: new Uint8Array(8 * Math.ceil(length / BLOCK_BYTES)) };
}

/** Five data slots of 16 MiB beside the one that is written. */
function bigSlots(put: PutRequest): PutRequest {
  const slots = [
    put.description.slots[0],
    ...Array(6).fill(listed(16 * 1024 ** 2)),
  ] as PutRequest['description']['slots'];
  return { ...put, description: { dataCount: 6, parityCount: 1, slots } };
}

function flipBody(put: PutRequest): PutRequest {
  const payload = put.payload.slice();
  payload[payload.length >> 1] = (payload[payload.length >> 1] as number) ^ 4;
  return { ...put, payload };
}
