import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@tessera/env';
import { DEFAULT_LAYOUT, encodeId, readUint64, TesseraError, type v1 } from '@tessera/protocol';
import { Locality } from '../cluster/locality.js';
import { LEASE_AGE_MS_MAX, LEASE_IDLE_MS_MAX, LEASE_STRIPES_PER_PG_MIN } from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import { Scopes } from '../scope.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { testMap } from '../testing/test-map.js';
import { LeasePool } from './lease-pool.js';
import { stripePolicy } from './policy.js';

const LEASE_MS = 60_000;
const NOWHERE = new Locality({ current: testMap(0, []) }, []);

function setUp() {
  const clock = new ManualClock();
  const calls: string[] = [];
  const asked: number[] = [];
  let grants = 0;
  const renewals = { fail: false };
  const submit = async (kind: string, request: v1.GrantLeaseOperation.$Properties) => {
    calls.push(kind);
    if (kind === 'renewLease' && renewals.fail) throw new TesseraError('LEASE_CLOSED', 'too late');
    if (kind !== 'grantLease') return { leaseMs: LEASE_MS };
    const count = request.stripesPerPg ?? 0;
    asked.push(count);
    const first = BigInt(++grants * 100_000);
    return {
      lease: encodeId(BigInt(grants)),
      leaseMs: LEASE_MS,
      ranges: [
        { pg: 1, firstStripe: encodeId(first), count },
        { pg: 2, firstStripe: encodeId(first + 50_000n), count },
      ],
    };
  };
  const scopes = new Scopes(clock, 60_000);
  const batcher = { submit } as unknown as OperationSink;
  const pool = new LeasePool(
    { clock, batcher, scopes, log: silentLog, locality: NOWHERE },
    stripePolicy(DEFAULT_LAYOUT),
  );
  return { clock, pool, calls, asked, renewals };
}

test('ids are never given twice, and groups take turns', async () => {
  const { pool } = setUp();
  await pool.refill();
  const seen = new Set<bigint>();
  const first = new Set<number>();
  for (let taken = 0; taken < 200; taken++) {
    if (pool.groups().length === 0) await pool.refill();
    const [pg] = pool.groups();
    first.add(pg as number);
    const id = readUint64(pool.take(pg as number).stripe, 0);
    assert.ok(!seen.has(id));
    seen.add(id);
    await settled();
  }
  assert.deepEqual([...first].sort(), [1, 2]);
});

test('a busy client asks for more at a time', async () => {
  const { pool, asked } = setUp();
  await pool.refill();
  for (let taken = 0; taken < 10 * LEASE_STRIPES_PER_PG_MIN; taken++) {
    pool.take(pool.groups()[0] as number);
    await settled();
  }
  assert.deepEqual(asked.slice(0, 3), [16, 32, 64]);
});

test('a lease is renewed while it is in use, and its ids are not used after its term', async () => {
  const { clock, pool, calls, renewals } = setUp();
  await pool.refill();
  const taken = pool.take(1);
  await clock.advance(LEASE_MS / 2);
  pool.check();
  await settled();
  assert.deepEqual(calls, ['grantLease', 'renewLease']);
  await clock.advance(LEASE_MS / 2);
  assert.deepEqual(pool.groups().sort(), [1, 2], 'renewed');
  await clock.advance(LEASE_MS / 2);
  assert.deepEqual(pool.groups(), [], 'not renewed in time');
  renewals.fail = true;
  pool.check();
  await settled();
  assert.ok(pool.isEmpty);
  pool.settle(taken);
});

test('what is used up is given back once all its stripes are settled', async () => {
  const { pool, calls } = setUp();
  await pool.refill();
  const taken = [];
  for (let count = 0; count < 2 * LEASE_STRIPES_PER_PG_MIN; count++) taken.push(pool.take((count % 2) + 1));
  await settled();
  assert.ok(!calls.includes('closeLease'));
  for (const each of taken) pool.settle(each);
  await settled();
  assert.equal(calls.filter((kind) => kind === 'closeLease').length, 1);
});

test('idle and old leases are given back, the latter only when settled', async () => {
  const idle = setUp();
  await idle.pool.refill();
  idle.pool.settle(idle.pool.take(1));
  await idle.clock.advance(LEASE_IDLE_MS_MAX + 1);
  idle.pool.check();
  await settled();
  assert.equal(idle.calls.at(-1), 'closeLease');
  assert.ok(idle.pool.isEmpty);
  const old = setUp();
  await old.pool.refill();
  const taken = old.pool.take(1);
  await old.clock.advance(LEASE_AGE_MS_MAX + 1);
  old.pool.check();
  await settled();
  assert.equal(old.calls.at(-1), 'renewLease');
  assert.deepEqual(old.pool.groups(), []);
  old.pool.settle(taken);
  await settled();
  assert.equal(old.calls.at(-1), 'closeLease');
});

test('a lease that the metaserver closed is void', async () => {
  const { pool } = setUp();
  await pool.refill();
  const { lease } = pool.take(1);
  pool.drop(lease);
  assert.deepEqual(pool.groups(), []);
  await pool.refill();
  pool.dropAll();
  assert.deepEqual(pool.groups(), []);
});
