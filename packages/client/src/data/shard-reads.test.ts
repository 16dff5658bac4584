import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_BYTES, FrameKind, TesseraError, v1 } from '@tessera/protocol';
import { SHARED_READ_BYTES_MAX } from '../limits.js';
import type { DataRequest } from './data-connection.js';
import type { DataLinks } from './server-links.js';
import { ShardReads } from './shard-reads.js';

/** Answers each read with blocks full of its slot number. */
function setUp(answer: (reads: v1.ShardRead.$Properties[]) => { reply: v1.ReadReply.$Properties; body: Uint8Array }) {
  const frames: { server: number; reads: v1.ShardRead.$Properties[] }[] = [];
  const request = async <Reply>(server: number, asked: DataRequest<Reply>): Promise<Reply> => {
    const { reads } = v1.ReadRequest.decode(asked.header);
    frames.push({ server, reads });
    const { reply, body } = answer(reads);
    return asked.decode({
      kind: FrameKind.READ,
      flags: 1,
      requestId: 1,
      header: v1.ReadReply.encode(reply).finish(),
      body,
    });
  };
  return { frames, reads: new ShardReads({ request } as DataLinks) };
}

function blocksOfSlots(reads: v1.ShardRead.$Properties[]) {
  const bodies = reads.map(({ slot, blockCount }) => new Uint8Array((blockCount ?? 0) * BLOCK_BYTES).fill(slot ?? 0));
  return {
    reply: { reads: bodies.map((body) => ({ length: body.length, bodyBytes: body.length })) },
    body: new Uint8Array(Buffer.concat(bodies)),
  };
}

const read = (slot: number, blockCount: number) => ({
  pg: 1,
  stripe: new Uint8Array(8),
  slot,
  firstBlock: 0,
  blockCount,
});

test('small reads of one turn share frames per server, large ones go alone', async () => {
  const { frames, reads } = setUp(blocksOfSlots);
  const perFrame = SHARED_READ_BYTES_MAX / BLOCK_BYTES;
  const small = Array.from({ length: perFrame + 1 }, (_, slot) => reads.read(1, read(slot, 1)));
  const elsewhere = reads.read(2, read(50, 1));
  const large = reads.read(1, read(60, perFrame + 1));
  const results = await Promise.all(small);
  for (const [slot, { bytes }] of results.entries()) {
    assert.equal(bytes.length, BLOCK_BYTES);
    assert.ok(bytes.every((byte) => byte === slot));
  }
  assert.equal((await elsewhere).bytes[0], 50);
  assert.equal((await large).bytes.length, (perFrame + 1) * BLOCK_BYTES);
  assert.equal((await large).bytes.buffer.byteLength, (perFrame + 1) * BLOCK_BYTES);
  const counts = frames.map(({ server, reads: list }) => [server, list.length]).sort();
  assert.deepEqual(counts, [
    [1, 1],
    [1, 1],
    [1, perFrame],
    [2, 1],
  ]);
});

test('one read that fails does not fail the others of its frame', async () => {
  const { reads } = setUp((list) => {
    const { body } = blocksOfSlots(list.slice(1));
    return {
      reply: {
        reads: [{ error: { code: 'NOT_FOUND', message: 'no' } }, { length: BLOCK_BYTES, bodyBytes: BLOCK_BYTES }],
      },
      body,
    };
  });
  const bad = reads.read(1, read(4, 1));
  const good = reads.read(1, read(5, 1));
  await assert.rejects(bad, { code: 'NOT_FOUND' });
  assert.equal((await good).bytes[0], 5);
});

test('a reply that does not fit the request is malformed', async () => {
  const replies: [v1.ReadReply.$Properties, number][] = [
    [{ reads: [] }, 0],
    [{ reads: [{ bodyBytes: 10 }] }, 5],
    [{ reads: [{ bodyBytes: 10 }] }, 20],
    [{ reads: [{ bodyBytes: 2 * BLOCK_BYTES }] }, 2 * BLOCK_BYTES],
  ];
  for (const [reply, bodyBytes] of replies) {
    const { reads } = setUp(() => ({ reply, body: new Uint8Array(bodyBytes) }));
    await assert.rejects(reads.read(1, read(1, 1)), (error) => !(error instanceof TesseraError));
  }
});

test('reads whose bytes are copied out at once share larger frames, apart from the others', async () => {
  const { frames, reads } = setUp(blocksOfSlots);
  const wide = Array.from({ length: 20 }, (_, slot) => reads.read(1, read(slot, 1), 16 * BLOCK_BYTES));
  const narrow = reads.read(1, read(70, 1));
  for (const [slot, { bytes }] of (await Promise.all(wide)).entries()) assert.equal(bytes[0], slot);
  assert.equal((await narrow).bytes[0], 70);
  assert.deepEqual(frames.map(({ reads: list }) => list.length).sort(), [1, 16, 4]);
});
