import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodec } from '@tessera/erasure';
import { BLOCK_BYTES, BufferPool, encodeId, FrameKind, TesseraError, v1 } from '@tessera/protocol';
import fc from 'fast-check';
import { Counters } from '../counters.js';
import { ShardReads } from '../data/shard-reads.js';
import { Scopes } from '../scope.js';
import { makeSegment } from '../stripe/segment.js';
import { writeShard } from '../stripe/shard-write.js';
import { codeStripe } from '../stripe/stripe-code.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { ShardShelf } from '../testing/shard-shelf.js';
import { testMap } from '../testing/test-map.js';
import type { StripeRecord } from './resolved-file.js';
import { StripeReader } from './stripe-reader.js';

const PG = 3;
const STRIPE = encodeId(77n);
const codec = await createCodec({ backend: 'auto' });

/** A stripe of random segments on a shelf, and a reader for it. */
async function setUp(lengths: readonly number[], parityCount: number, seed = 1) {
  const shelf = new ShardShelf();
  const random = new SeededRandom(seed);
  const data = lengths.map((length) => random.fill(new Uint8Array(length)));
  const coded = codeStripe(codec, new BufferPool({ retainedBytesMax: 0 }), data.map(makeSegment), parityCount);
  for (const [slot, shard] of coded.shards.entries()) {
    const durability = v1.Durability.DURABILITY_SYNCED;
    const write = { pg: PG, stripe: STRIPE, slot, position: slot, durability, description: coded.description };
    await writeShard(shelf, slot + 1, write, shard);
  }
  const stripe: StripeRecord = {
    pg: PG,
    stripe: STRIPE,
    dataCount: lengths.length,
    parityCount,
    slots: coded.shards.map(({ bytes, root }, position) => ({
      position,
      length: bytes.length,
      root,
      state: v1.SlotState.SLOT_STATE_LIVE,
    })),
  };
  // Slot n is at position n, on server n + 1.
  const map = testMap(stripe.slots.length, [PG]);
  const counters = new Counters();
  const scope = new Scopes(shelf.clock, 60_000).open('test');
  const reader = new StripeReader({
    clock: shelf.clock,
    random,
    codec,
    map: { current: map, refresh: async () => {} },
    links: shelf,
    reads: new ShardReads(shelf),
    counters,
  });
  const read = (slot: number, from: number, to: number, lost = false) =>
    reader.read(stripe, slot, from, to, lost, scope);
  return { shelf, data, stripe, counters, read };
}

const shapes = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 4 * BLOCK_BYTES }), { minLength: 1, maxLength: 5 }),
  parityCount: fc.integer({ min: 1, max: 3 }),
  slot: fc.nat(),
  from: fc.nat(),
  count: fc.nat(),
  lost: fc.array(fc.nat(), { minLength: 0, maxLength: 3 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

test('any range of any segment reads back with any m shards lost or their servers down', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async ({ lengths, parityCount, slot, from, count, lost, seed }) => {
      const { shelf, data, stripe, read } = await setUp(lengths, parityCount, seed);
      const target = slot % lengths.length;
      const content = data[target] as Uint8Array;
      const start = from % content.length;
      const end = start + 1 + (count % (content.length - start));
      for (const [index, which] of lost.slice(0, parityCount).entries()) {
        const victim = which % stripe.slots.length;
        if (index % 2 === 0) shelf.down.add(victim + 1);
        else shelf.lose(victim + 1, PG, STRIPE, victim);
      }
      const bytes = await read(target, start, end, true);
      assert.ok(Buffer.from(bytes).equals(content.subarray(start, end)));
    }),
    { numRuns: 60 },
  );
});

test('a flipped bit in any shard is never returned', async () => {
  const lengths = [3 * BLOCK_BYTES + 5, 2 * BLOCK_BYTES, 100, 3 * BLOCK_BYTES];
  for (let slot = 0; slot < 6; slot++) {
    const { shelf, data, counters, read } = await setUp(lengths, 2);
    const shard = shelf.shard(slot + 1, PG, STRIPE, slot) as Uint8Array;
    const at = Math.floor(shard.length / 2);
    shard[at] = (shard[at] as number) ^ 4;
    // Server 1 down: its segment has to be decoded, perhaps with the bad shard's help.
    if (slot !== 0) shelf.down.add(1);
    for (const target of [0, slot % 4]) {
      const content = data[target] as Uint8Array;
      const bytes = await read(target, 0, content.length);
      assert.ok(Buffer.from(bytes).equals(content), `slot ${slot}, target ${target}`);
    }
    if (slot < 4) assert.ok(counters.corruptShards > 0, `slot ${slot}`);
  }
});

test('a degraded read of a range fetches that range only, of j other shards', async () => {
  const lengths = new Array(4).fill(16 * BLOCK_BYTES);
  const { shelf, data, read } = await setUp(lengths, 2);
  shelf.down.add(2);
  let blocks = 0;
  const request = shelf.request.bind(shelf);
  shelf.request = async (server, asked) => {
    const reply = await request(server, asked);
    if (asked.kind === 3)
      for (const { bytes } of reply as { bytes: Uint8Array }[]) blocks += bytes.length / BLOCK_BYTES;
    return reply;
  };
  const from = 5 * BLOCK_BYTES + 10;
  const bytes = await read(1, from, from + 100);
  assert.ok(Buffer.from(bytes).equals((data[1] as Uint8Array).subarray(from, from + 100)));
  assert.equal(blocks, 4);
});

test('a shard that is not found is left to the metadata first', async () => {
  const { shelf, data, read } = await setUp([1000, 1000], 1);
  shelf.lose(1, PG, STRIPE, 0);
  await assert.rejects(read(0, 0, 1000), { code: 'NOT_FOUND' });
  assert.ok(Buffer.from(await read(0, 0, 1000, true)).equals(data[0] as Uint8Array));
});

test('too few shards in reach: the error names the servers that are missing', async () => {
  const { shelf, read } = await setUp([1000, 1000, 1000, 1000], 2);
  for (const server of [1, 3, 5]) shelf.down.add(server);
  const error = await read(0, 0, 1000).catch((thrown) => thrown);
  assert.equal(error.code, 'UNAVAILABLE');
  for (const server of [1, 3, 5]) assert.match(error.message, new RegExp(`server ${server} `));
  assert.doesNotMatch(error.message, /server 2 /);
  // The others are read all the same.
  await read(1, 0, 1000);
});

test('shards that are gone for good are data loss', async () => {
  const { shelf, read } = await setUp([1000, 1000], 1);
  shelf.lose(1, PG, STRIPE, 0);
  shelf.lose(2, PG, STRIPE, 1);
  await assert.rejects(read(0, 0, 1000, true), { code: 'DATA_LOSS' });
});

test('with copies any of them is read, nothing is decoded', async () => {
  const { shelf, data, counters, read } = await setUp([200_000], 2);
  shelf.down.add(1);
  shelf.down.add(3);
  for (let round = 0; round < 4; round++) {
    assert.ok(Buffer.from(await read(0, 10, 150_000)).equals((data[0] as Uint8Array).subarray(10, 150_000)));
  }
  assert.equal(counters.degradedReads, 0);
});

test('a server that is slow to describe a stripe is not waited for', async () => {
  const { shelf, data, counters, read } = await setUp([100_000, 100_000, 100_000], 2);
  shelf.down.add(1);
  let slow: number | undefined;
  shelf.before = (server, kind) => {
    if (kind !== FrameKind.DESCRIBE) return undefined;
    slow ??= server;
    return server === slow ? new Promise(() => {}) : undefined;
  };
  const reading = read(0, 0, 100_000);
  await shelf.clock.advance(1_000);
  assert.ok(Buffer.from(await reading).equals(data[0] as Uint8Array));
  assert.equal(counters.hedges, 1);
});

test('of servers that fail to describe a stripe the next one is asked, and the last one is named', async () => {
  const { shelf, data, read } = await setUp([100_000, 100_000], 2);
  shelf.down.add(1);
  let refusing = 2;
  shelf.before = (server, kind) => {
    if (kind === FrameKind.DESCRIBE && refusing-- > 0) throw new TesseraError('DISK_FAILED', `server ${server} is ill`);
  };
  assert.ok(Buffer.from(await read(0, 0, 100_000)).equals(data[0] as Uint8Array));
  refusing = 3;
  const other = await setUp([100_000, 100_000], 2);
  other.shelf.down.add(1);
  other.shelf.before = shelf.before;
  await assert.rejects(other.read(0, 0, 100_000), { code: 'UNAVAILABLE' });
  assert.equal(refusing, 0);
});

test('a slow shard is hedged by decoding, within the budget', async () => {
  const { shelf, data, counters, read } = await setUp([100_000, 100_000, 100_000], 2);
  shelf.before = (server) => (server === 1 ? new Promise(() => {}) : undefined);
  const reading = read(0, 0, 100_000);
  await shelf.clock.advance(1_000);
  assert.ok(Buffer.from(await reading).equals(data[0] as Uint8Array));
  assert.equal(counters.hedges, 1);
  assert.equal(counters.degradedReads, 1);
});
