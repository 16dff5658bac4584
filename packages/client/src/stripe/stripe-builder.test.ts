import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@tessera/env';
import { createCodec } from '@tessera/erasure';
import { BufferPool, DEFAULT_LAYOUT, encodeId, FrameKind, TesseraError, type v1 } from '@tessera/protocol';
import { Locality } from '../cluster/locality.js';
import { serverFailures } from '../cluster/server-failures.js';
import { Counters } from '../counters.js';
import { STRIPE_ATTEMPTS_MAX, WRITE_SHORTAGE_MS_MAX, WRITE_SHORTAGE_RETRY_MS } from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import { Scopes } from '../scope.js';
import { settled } from '../testing/manual-clock.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { ShardShelf } from '../testing/shard-shelf.js';
import { testMap } from '../testing/test-map.js';
import { LeasePools } from './lease-pools.js';
import { stripePolicy } from './policy.js';
import { makeSegment } from './segment.js';
import { StripeBuilder } from './stripe-builder.js';
import type { PlacedSegment } from './waiting-segment.js';

const codec = await createCodec({ backend: 'auto' });

/** A builder over eight servers on a shelf, with leases from a metaserver of one function. */
function setUp(redundancy = { data: 4, parity: 2 }) {
  const shelf = new ShardShelf();
  const scopes = new Scopes(shelf.clock, 60_000);
  const closed: string[] = [];
  let grants = 0;
  const submit = async (kind: string, request: v1.CloseLeaseOperation.$Properties) => {
    if (kind === 'closeLease') closed.push(Buffer.from(request.lease ?? []).toString('hex'));
    if (kind !== 'grantLease') return {};
    grants++;
    const ranges = [1, 2].map((pg) => ({ pg, firstStripe: encodeId(BigInt(grants * 1000 + pg * 100)), count: 8 }));
    return { lease: encodeId(BigInt(grants)), leaseMs: 60_000, ranges };
  };
  const batcher = { submit } as unknown as OperationSink;
  const map = { current: testMap(8, [1, 2]), refresh: async () => {} };
  const locality = new Locality(map, []);
  const leases = new LeasePools({ clock: shelf.clock, batcher, scopes, log: silentLog, locality });
  const counters = new Counters();
  const builder = new StripeBuilder({
    clock: shelf.clock,
    random: new SeededRandom(5),
    codec,
    parityPool: new BufferPool({ retainedBytesMax: 1 << 24 }),
    links: shelf,
    counters,
    map,
    leases,
  });
  const policy = stripePolicy({ ...DEFAULT_LAYOUT, redundancy });
  const write = (count: number, key = 'a', bytes = 5000, options?: { signal: AbortSignal }) => {
    const segments = Array.from({ length: count }, (_, index) => makeSegment(new Uint8Array(bytes).fill(index + 1)));
    return builder.write(policy, key, segments, false, scopes.open('put', options));
  };
  return { shelf, builder, counters, write, closed, grants: () => grants };
}

function stripesOf(placed: readonly PlacedSegment[]) {
  return [...new Set(placed.map(({ stripe }) => stripe))];
}

test('segments that are ready together share stripes, in order, and every shard is on its server', async () => {
  const { shelf, write, counters } = setUp();
  const placed = await Promise.all(write(8));
  const stripes = stripesOf(placed);
  assert.equal(stripes.length, 2);
  for (const { segment, stripe, slot } of placed) {
    const wire = stripe.wire.slots?.[slot];
    const shard = shelf.shard(wire?.server ?? 0, stripe.id.pg, stripe.id.stripe, slot);
    assert.ok(shard !== undefined && Buffer.from(shard).equals(segment.bytes));
  }
  for (const { wire, protection } of stripes) {
    assert.equal(protection, 'full');
    assert.equal(wire.slots?.length, 6);
    assert.equal(new Set(wire.slots?.map(({ position }) => position)).size, 6, 'positions differ');
    for (const { receipt } of wire.slots ?? []) assert.equal(receipt?.length, 16);
  }
  assert.equal(counters.snapshot().meanSegmentsPerStripe, 4);
  assert.equal(counters.physicalBytesWritten, 60_000);
});

test('mixing keys do not share stripes', async () => {
  const { write } = setUp();
  const placed = await Promise.all([...write(2, 'a'), ...write(2, 'b')]);
  assert.equal(stripesOf(placed).length, 2);
});

test('a stripe that meets a failed server is rebuilt without it, under a new id', async () => {
  const { shelf, write, counters } = setUp();
  shelf.down.add(3);
  shelf.down.add(6);
  const placed = [];
  for (let round = 0; round < 6; round++) placed.push(...(await Promise.all(write(4))));
  for (const { wire, protection } of stripesOf(placed)) {
    assert.equal(protection, 'full', 'six servers are enough for whole stripes');
    for (const { server } of wire.slots ?? []) assert.ok(server !== 3 && server !== 6);
  }
  assert.ok(counters.stripesAbandoned >= 1);
  const ids = placed.map(({ stripe }) => Buffer.from(stripe.id.stripe).toString('hex'));
  assert.equal(new Set(ids).size, stripesOf(placed).length);
});

test('with four of eight servers stripes narrow, with two they degrade, and both say so', async () => {
  const { shelf, write } = setUp();
  for (const server of [1, 2, 3, 4]) shelf.down.add(server);
  const narrowed = stripesOf(await Promise.all(write(4)));
  assert.deepEqual(
    narrowed.map(({ wire, protection }) => [wire.dataCount, wire.parityCount, protection]),
    [
      [2, 2, 'narrowed'],
      [2, 2, 'narrowed'],
    ],
  );
  for (const server of [5, 6]) shelf.down.add(server);
  const [degraded] = stripesOf(await Promise.all(write(1)));
  assert.equal(degraded?.protection, 'degraded');
  const receipts = degraded?.wire.slots?.map(({ receipt, durability }) => [receipt?.length, durability]);
  const { durability } = DEFAULT_LAYOUT;
  assert.deepEqual(receipts, [
    [16, durability],
    [16, durability],
    [undefined, undefined],
  ]);
  assert.equal(new Set(degraded?.wire.slots?.map(({ position }) => position)).size, 3);
});

test('without enough servers a write waits a little, then names what is missing', async () => {
  const { shelf, write } = setUp();
  for (let server = 1; server <= 7; server++) shelf.down.add(server);
  const writing = Promise.allSettled(write(2));
  await shelf.clock.advance(WRITE_SHORTAGE_MS_MAX + 1_000);
  for (const outcome of await writing) {
    assert.equal(outcome.status, 'rejected');
    const error = (outcome as PromiseRejectedResult).reason as TesseraError;
    assert.equal(error.code, 'NOT_ENOUGH_SERVERS');
    assert.match(error.message, /needs 6 domains, at the very least 2; 1 take writes/);
    assert.match(error.message, /server 4 \(host-4/);
    assert.doesNotMatch(error.message, /server 8/);
  }
});

test('once servers were found missing, the next writer is told soon, and none when they are back', async () => {
  const { shelf, write } = setUp();
  for (let server = 1; server <= 7; server++) shelf.down.add(server);
  const first = Promise.allSettled(write(1));
  await shelf.clock.advance(WRITE_SHORTAGE_MS_MAX + 1_000);
  await first;
  const second = assert.rejects(write(1)[0] as Promise<unknown>, { code: 'NOT_ENOUGH_SERVERS' });
  await shelf.clock.advance(WRITE_SHORTAGE_RETRY_MS);
  await second;
  shelf.down.clear();
  for (let server = 1; server <= 7; server++) shelf.health.succeeded(server);
  await Promise.all(write(4));
});

test('a full disk is written around', async () => {
  const { shelf, write } = setUp();
  shelf.before = (server, kind) => {
    if (server === 2 && kind === FrameKind.WRITE) throw new TesseraError('DISK_FULL', 'no space on server 2');
  };
  for (let round = 0; round < 4; round++) {
    for (const { wire } of stripesOf(await Promise.all(write(4)))) {
      for (const { server } of wire.slots ?? []) assert.notEqual(server, 2);
    }
  }
});

test('disks that turn out to be full one after the other are no reason to give up while others have room', async () => {
  const { shelf, write } = setUp({ data: 1, parity: 1 });
  const full = new Set<number>();
  let writes = 0;
  shelf.before = (server) => {
    // The first shard of every stripe, which has two.
    if (writes++ % 2 === 1 || full.size === STRIPE_ATTEMPTS_MAX) return;
    full.add(server);
    throw new TesseraError('DISK_FULL', 'no space');
  };
  const [stripe] = stripesOf(await Promise.all(write(1)));
  assert.equal(full.size, STRIPE_ATTEMPTS_MAX);
  for (const { server } of stripe?.wire.slots ?? []) assert.ok(!full.has(server ?? 0));
});

for (const code of ['UNAVAILABLE', 'CORRUPT'] as const) {
  test(`a put that was tried often enough names every server that failed it, and how: ${code}`, async () => {
    const { shelf, write } = setUp({ data: 1, parity: 1 });
    const asked = new Set<number>();
    shelf.before = (server) => {
      asked.add(server);
      throw new TesseraError(code, `refused by ${server}`);
    };
    const [outcome] = await Promise.allSettled(write(1));
    const error = (outcome as PromiseRejectedResult).reason as TesseraError;
    // CORRUPT would be taken for lost content: here other bytes arrived than were sent, and nothing is stored.
    assert.equal(error.code, 'NOT_ENOUGH_SERVERS');
    const failures = serverFailures(error);
    assert.deepEqual(new Set(failures.map(({ server }) => server)), asked);
    for (const failure of failures) {
      assert.deepEqual([failure.code, failure.address], [code, `10.0.0.${failure.server}:1`]);
      assert.match(failure.message, new RegExp(`^server ${failure.server} .*refused by ${failure.server}$`));
      assert.ok(error.message.includes(failure.message));
    }
  });
}

test('a failure that other stripes would meet too fails the put at once; others are tried a bounded number of times', async () => {
  for (const [code, attempts] of [
    ['INVALID_ARGUMENT', 1],
    ['CONFLICT', STRIPE_ATTEMPTS_MAX],
  ] as const) {
    const { shelf, write, counters } = setUp();
    shelf.before = () => {
      throw new TesseraError(code, 'refused');
    };
    const [outcome] = await Promise.allSettled(write(1));
    assert.equal(outcome?.status, 'rejected');
    assert.equal(counters.stripesAbandoned, attempts);
  }
});

test('a cancelled put leaves the queue, and what it had written is settled', async () => {
  const { shelf, builder, write, closed } = setUp();
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  shelf.before = () => gate;
  const controller = new AbortController();
  const writing = Promise.allSettled(write(1, 'a', 100, { signal: controller.signal }));
  await settled();
  controller.abort();
  const [outcome] = await writing;
  assert.equal((outcome as PromiseRejectedResult).reason.code, 'CANCELLED');
  release();
  await settled();
  // Nothing holds the leases: once they are used up they are given back.
  shelf.before = () => {};
  for (let stripe = 0; stripe < 16; stripe++) {
    const placed = await Promise.all(write(1));
    for (const each of placed) builder.settle(each);
    await settled();
  }
  assert.deepEqual(closed, [Buffer.from(encodeId(1n)).toString('hex')]);
});

test('ids are asked for before they run out', async () => {
  const { write, grants } = setUp();
  for (let stripe = 0; stripe < 13; stripe++) await Promise.all(write(1));
  await settled();
  assert.equal(grants(), 2);
});
