import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@tessera/env';
import { createCodec } from '@tessera/erasure';
import { BufferPool, DEFAULT_LAYOUT, encodeId, type Layout, parseRedundancy, v1 } from '@tessera/protocol';
import { Locality } from '../cluster/locality.js';
import { Counters } from '../counters.js';
import { distribute, parseDistribution } from '../distribution/index.js';
import type { OperationSink } from '../metadata/batcher.js';
import { Scopes } from '../scope.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { ShardShelf } from '../testing/shard-shelf.js';
import { testMap } from '../testing/test-map.js';
import { LeasePools } from './lease-pools.js';
import { LineUp } from './line-up.js';
import { stripePolicy } from './policy.js';
import { makeSegment } from './segment.js';
import { StripeBuilder } from './stripe-builder.js';

const codec = await createCodec({ backend: 'auto' });
const SEGMENT_BYTES = 65_536;
const IN_ORDER = { serverOrder: v1.ServerOrder.SERVER_ORDER_IN_ORDER };

/** A builder over eight servers, whose groups have server s at position s − 1; and files of a layout. */
function setUp(redundancy: string, fields: Partial<Layout>, hostNames: readonly string[] = []) {
  const layout = { ...DEFAULT_LAYOUT, redundancy: parseRedundancy(redundancy), segmentBytes: SEGMENT_BYTES, ...fields };
  const shelf = new ShardShelf();
  const scopes = new Scopes(shelf.clock, 60_000);
  const grants: v1.GrantLeaseOperation.$Properties[] = [];
  const submit = async (kind: string, request: v1.GrantLeaseOperation.$Properties) => {
    if (kind !== 'grantLease') return {};
    grants.push(request);
    const pgs = request.wantedPgs?.length ? request.wantedPgs : [1, 2];
    const ranges = pgs.map((pg) => ({ pg, firstStripe: encodeId(BigInt(grants.length * 1000 + pg * 100)), count: 4 }));
    return { lease: encodeId(BigInt(grants.length)), leaseMs: 60_000, ranges };
  };
  const batcher = { submit } as unknown as OperationSink;
  const map = { current: testMap(8, [1, 2]), refresh: async () => {} };
  const locality = new Locality(map, hostNames);
  const builder = new StripeBuilder({
    clock: shelf.clock,
    random: new SeededRandom(5),
    codec,
    parityPool: new BufferPool({ retainedBytesMax: 1 << 24 }),
    links: shelf,
    counters: new Counters(),
    map,
    leases: new LeasePools({ clock: shelf.clock, batcher, scopes, log: silentLog, locality }),
  });
  const policy = stripePolicy(layout);
  /** The servers and groups of a file's segments, written at once. */
  const write = async (count: number, seed = 0) => {
    const lineUp = new LineUp(layout, seed, locality.servers);
    const segments = Array.from({ length: count }, (_, index) =>
      makeSegment(new Uint8Array(SEGMENT_BYTES).fill(index)),
    );
    const offsets = segments.map((_, index) => index * SEGMENT_BYTES);
    const places = { lineUp, offsets, lane: lineUp.lane };
    const placed = await Promise.all(builder.write(policy, 'd', segments, false, scopes.open('put'), places));
    return placed.map(({ stripe, slot }) => ({ pg: stripe.id.pg, server: stripe.wire.slots?.[slot]?.server, stripe }));
  };
  return { shelf, grants, write, layout };
}

/** Where the mapping alone says that segments lie, over servers in the order of their numbers. */
function mapped({ distribution, segmentBytes }: Layout, count: number, servers = 8): number[] {
  const over = distribute(parseDistribution(distribution), { servers, segmentBytes });
  return Array.from({ length: count }, (_, segment) => over.locate(segment * segmentBytes).server + 1);
}

for (const distribution of [
  'basic',
  'simple_stripe',
  'simple_stripe:strip_size=128K',
  'twod_stripe:num_groups=2,strip_size=64K,group_strip_factor=2',
  'varstrip:strips=0:128K;2:64K;1:192K',
]) {
  test(`copies lie where ${distribution} says, in one group`, async () => {
    const { write, layout } = setUp('copies-2', { ...IN_ORDER, distribution });
    const placed = await write(24);
    assert.deepEqual(
      placed.map(({ server }) => server),
      mapped(layout, 24),
    );
    assert.equal(new Set(placed.map(({ pg }) => pg)).size, 1);
  });
}

test('coded stripes of consecutive segments lie where simple_stripe says, parity on what is left', async () => {
  const { write, layout } = setUp('rs-4-2', { ...IN_ORDER, distribution: 'simple_stripe', width: 4 });
  const placed = await write(16);
  assert.deepEqual(
    placed.map(({ server }) => server),
    mapped(layout, 16, 4),
  );
  for (const { stripe } of placed) {
    assert.equal(stripe.wire.dataCount, 4);
    for (const slot of stripe.wire.slots?.slice(4) ?? []) assert.ok((slot.server ?? 0) > 4);
  }
});

test('of strips longer than a segment, stripes take segments that are not in each other’s way', async () => {
  const { write, layout } = setUp('rs-4-2', { ...IN_ORDER, distribution: 'simple_stripe:strip_size=256K' });
  const placed = await write(32);
  assert.deepEqual(
    placed.map(({ server }) => server),
    mapped(layout, 32),
  );
});

test('where all segments want one server, each stripe gives it one', async () => {
  const { write } = setUp('rs-4-2', { startServer: 6, distribution: 'basic' });
  const placed = await write(12);
  const stripes = new Set(placed.map(({ stripe }) => stripe));
  assert.equal(stripes.size, 3);
  assert.equal(placed.filter(({ server }) => server === 6).length, 3);
});

test('a server that is gone is written around, and the others keep their segments', async () => {
  const { write, shelf, layout } = setUp('copies-3', { ...IN_ORDER, width: 4 });
  shelf.down.add(2);
  const placed = await write(16);
  const wanted = mapped(layout, 16, 4);
  for (const [segment, { server, stripe }] of placed.entries()) {
    assert.equal(stripe.protection, 'full');
    if (wanted[segment] === 2) assert.equal(server, 3, 'the next one of the window');
    else assert.equal(server, wanted[segment]);
  }
});

test('the file’s group gets ids as it needs them', async () => {
  const { write, grants } = setUp('copies-2', IN_ORDER);
  const placed = await write(30);
  const [first] = placed;
  assert.ok(placed.every(({ pg }) => pg === first?.pg));
  assert.deepEqual(grants[0]?.wantedPgs ?? [], []);
  assert.ok(grants.some(({ wantedPgs, pgs }) => wantedPgs?.[0] === first?.pg && pgs === 1));
});

test('files of different seeds begin at different servers', async () => {
  const { write } = setUp('copies-2', { distribution: 'basic' });
  const servers = new Set<unknown>();
  for (let seed = 0; seed < 8; seed++) servers.add((await write(1, seed * 16))[0]?.server);
  servers.add((await write(1, 3))[0]?.server);
  assert.ok(servers.size >= 2);
});

test('local servers come first; where there is none the write is refused', async () => {
  const serverOrder = v1.ServerOrder.SERVER_ORDER_LOCAL;
  const { write, grants } = setUp('copies-2', { serverOrder }, ['host-5']);
  for (const { server } of await write(6)) assert.equal(server, 5);
  assert.deepEqual(grants[0]?.anyOf, [5]);
  const nowhere = setUp('copies-2', { serverOrder }, ['desk']);
  await assert.rejects(nowhere.write(1), {
    code: 'LAYOUT_UNSATISFIABLE',
    message: /no chunkserver stands on this host/,
  });
});
