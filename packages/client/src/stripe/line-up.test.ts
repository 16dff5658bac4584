import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LAYOUT, v1 } from '@tessera/protocol';
import fc from 'fast-check';
import { LANES } from '../limits.js';
import { Home } from './home.js';
import { homeOf, LineUp, seedOf } from './line-up.js';

const NOBODY: ReadonlySet<number> = new Set();
const path = (text: string) => Buffer.from(text);

test('a path gives one seed, however it is written, and paths spread over lanes', () => {
  assert.equal(seedOf(path('/a/b')), seedOf(path('a/b')));
  assert.notEqual(seedOf(path('/a/b')), seedOf(path('/ab')));
  const lanes = new Set<number>();
  for (let file = 0; file < 300; file++) {
    lanes.add(new LineUp(DEFAULT_LAYOUT, seedOf(path(`/d/${file}`)), NOBODY).lane);
  }
  assert.equal(lanes.size, LANES);
});

test('a lane’s home depends on which groups there are, not on their order, and moves only to new ones', () => {
  const groups = fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 2, maxLength: 20 });
  fc.assert(
    fc.property(groups, fc.nat({ max: LANES - 1 }), (pgs, lane) => {
      const home = homeOf(lane, pgs) as number;
      assert.ok(pgs.includes(home));
      assert.equal(homeOf(lane, [...pgs].reverse()), home);
      const added = homeOf(lane, [...pgs, 900]);
      assert.ok(added === home || added === 900);
    }),
  );
  const sixteen = Array.from({ length: 16 }, (_, index) => index + 1);
  const homes = new Set(Array.from({ length: LANES }, (_, lane) => homeOf(lane, sixteen)));
  assert.ok(homes.size > LANES / 3, `${homes.size} homes`);
});

test('a home is kept: it asks for ids there once, and moves only if it was given others', () => {
  const home = new Home(3);
  const pool = {
    homes: [1, 2, 3, 4],
    left: [] as number[],
    asking: 0,
    groups: () => pool.left,
    isAsking: (pg: number) => pg === pool.asking,
  };
  assert.deepEqual(home.groups(pool), []);
  assert.equal(home.wanted, undefined, 'any');
  pool.left = [4, 3, 2, 1];
  const [own] = home.groups(pool) as [number];
  assert.equal(own, homeOf(3, pool.homes));
  assert.deepEqual(
    home.groups(pool).slice(1),
    [4, 3, 2, 1].filter((pg) => pg !== own),
  );
  pool.left = pool.left.filter((pg) => pg !== own);
  assert.deepEqual(home.groups(pool), []);
  assert.equal(home.wanted, own);
  pool.asking = own;
  assert.deepEqual(home.groups(pool), [], 'the answer is not there yet');
  pool.asking = 0;
  const moved = home.groups(pool)[0];
  assert.ok(moved !== own && pool.left.includes(moved as number));
  pool.left = [1, 2, 3, 4];
  assert.equal(home.groups(pool)[0], moved, 'it stays');
});

test('a group without the servers that the layout asks for has no preferences', () => {
  const layout = { ...DEFAULT_LAYOUT, serverOrder: v1.ServerOrder.SERVER_ORDER_LIST, servers: [2, 1] };
  const lineUp = new LineUp(layout, 0, NOBODY);
  const group = (pg: number, servers: readonly number[]) => ({
    pg,
    members: servers.map((server) => ({ server, filling: 0 })),
  });
  assert.equal(lineUp.positions(group(1, [1, 3]), 0, 10), undefined);
  const { segmentBytes } = layout;
  const both = group(2, [1, 3, 2]);
  assert.deepEqual(lineUp.positions(both, 0, 10), [2, 0, 1]);
  assert.deepEqual(lineUp.positions(both, segmentBytes, 10), [0, 2, 1]);
  assert.deepEqual(lineUp.positions(both, 2 * segmentBytes, 10), [2, 0, 1]);
  const changed = { pg: 2, members: [...both.members].reverse() };
  assert.deepEqual(lineUp.positions(changed, 0, 10), [0, 2, 1], 'members of a new map count at once');
});
