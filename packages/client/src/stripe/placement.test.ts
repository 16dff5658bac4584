import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Reach } from '../cluster/server-health.js';
import { choosePlacement, parityMin, stripeWidth } from './placement.js';

const redundancies = fc.record({ data: fc.integer({ min: 1, max: 8 }), parity: fc.integer({ min: 0, max: 4 }) });

function group(pg: number, servers: readonly number[]) {
  return { pg, members: servers.map((server) => ({ server, filling: 0 })) };
}

test('parity is never given up for data, and never falls below what the rules allow', () => {
  fc.assert(
    fc.property(redundancies, fc.integer({ min: 0, max: 16 }), (redundancy, live) => {
      const width = stripeWidth(live, redundancy);
      const { data, parity } = redundancy;
      if (width === undefined) {
        assert.ok(live < 1 + parityMin(parity));
        return;
      }
      assert.ok(width.dataCountMax + width.parityWritten <= live);
      if (live >= data + parity) assert.deepEqual(width, { dataCountMax: data, parityWritten: parity });
      else if (live > parity) {
        assert.deepEqual(width, { dataCountMax: Math.min(data, live - parity), parityWritten: parity });
      } else assert.deepEqual(width, { dataCountMax: 1, parityWritten: Math.max(1, parity - 1) });
    }),
  );
});

test('rs-4-2 over eight servers: full with six, narrowed to three, degraded with two, nothing with one', () => {
  const rs42 = { data: 4, parity: 2 };
  assert.deepEqual(stripeWidth(6, rs42), { dataCountMax: 4, parityWritten: 2 });
  assert.deepEqual(stripeWidth(4, rs42), { dataCountMax: 2, parityWritten: 2 });
  assert.deepEqual(stripeWidth(3, rs42), { dataCountMax: 1, parityWritten: 2 });
  assert.deepEqual(stripeWidth(2, rs42), { dataCountMax: 1, parityWritten: 1 });
  assert.equal(stripeWidth(1, rs42), undefined);
});

test('one parity shard is never left out, and copies-1 needs one server', () => {
  assert.equal(stripeWidth(1, { data: 1, parity: 1 }), undefined);
  assert.deepEqual(stripeWidth(1, { data: 1, parity: 0 }), { dataCountMax: 1, parityWritten: 0 });
});

test('the least loaded servers come first, suspects only to make up for missing ones', () => {
  const loads = [5, 3, 9, 1, 0, 7];
  const placement = choosePlacement({
    groups: [group(7, [1, 2, 3, 4, 5, 6])],
    redundancy: { data: 2, parity: 2 },
    reach: (server) => (server === 5 ? Reach.DOUBTFUL : server === 6 ? Reach.NONE : Reach.GOOD),
    load: (server) => loads[server - 1] as number,
  });
  assert.deepEqual(
    placement?.live.map(({ server }) => server),
    [4, 2, 1, 3],
  );
  assert.deepEqual(placement?.vacant, [{ position: 5, server: 6 }]);
  const wider = choosePlacement({
    groups: [group(7, [1, 2, 3, 4, 5, 6])],
    redundancy: { data: 3, parity: 2 },
    reach: (server) => (server === 5 ? Reach.DOUBTFUL : server === 6 ? Reach.NONE : Reach.GOOD),
    load: (server) => loads[server - 1] as number,
  });
  assert.equal(wider?.live.at(-1)?.server, 5);
  assert.equal(wider?.dataCountMax, 3);
});

test('a group that can take whole stripes is preferred to one that cannot', () => {
  const placement = choosePlacement({
    groups: [group(1, [1, 2, 3]), group(2, [4, 5, 6, 7])],
    redundancy: { data: 2, parity: 2 },
    reach: () => Reach.GOOD,
    load: () => 0,
  });
  assert.equal(placement?.pg, 2);
});

test('a filling server stands in for a member that is gone', () => {
  const placement = choosePlacement({
    groups: [
      {
        pg: 1,
        members: [
          { server: 1, filling: 9 },
          { server: 0, filling: 8 },
        ],
      },
    ],
    redundancy: { data: 1, parity: 1 },
    reach: (server) => (server === 1 ? Reach.NONE : Reach.GOOD),
    load: () => 0,
  });
  assert.deepEqual(placement?.live.map(({ server }) => server).sort(), [8, 9]);
});

test('without room for even a degraded stripe there is no placement', () => {
  const input = { groups: [group(1, [1, 2, 3])], redundancy: { data: 4, parity: 2 }, load: () => 0 };
  assert.equal(choosePlacement({ ...input, reach: (server) => (server === 1 ? Reach.GOOD : Reach.NONE) }), undefined);
});
