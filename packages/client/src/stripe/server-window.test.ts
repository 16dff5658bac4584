import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LAYOUT, type Layout, v1 } from '@tessera/protocol';
import fc from 'fast-check';
import { serverWindow } from './server-window.js';

const { ServerOrder } = v1;

/** Groups of servers 1…30 in any order. */
const groups = fc.shuffledSubarray(
  Array.from({ length: 30 }, (_, index) => index + 1),
  { minLength: 3, maxLength: 16 },
);
const seeds = fc.nat({ max: 2 ** 32 - 1 });

/** The servers of a window, in its order. */
function serversOf(servers: readonly number[], fields: Partial<Layout>, seed = 0, local: readonly number[] = []) {
  const members = servers.map((server) => ({ server, filling: 0 }));
  const window = serverWindow({ members, layout: { ...DEFAULT_LAYOUT, ...fields }, seed, local: new Set(local) });
  return window?.map((position) => servers[position]);
}

const ascending = (servers: readonly number[]) => [...servers].sort((a, b) => a - b);

test('in order of numbers, from the lowest or from the start server on, as many as the width says', () => {
  const serverOrder = ServerOrder.SERVER_ORDER_IN_ORDER;
  fc.assert(
    fc.property(groups, fc.nat(), fc.nat(), (servers, from, wide) => {
      const sorted = ascending(servers);
      assert.deepEqual(serversOf(servers, { serverOrder }), sorted);
      const start = from % sorted.length;
      const width = (wide % sorted.length) + 1;
      const turned = [...sorted.slice(start), ...sorted.slice(0, start)];
      const startServer = sorted[start] as number;
      assert.deepEqual(serversOf(servers, { serverOrder, startServer, width }), turned.slice(0, width));
    }),
  );
});

test('round robin begins where the seed says, and so does what says only that files line up', () => {
  fc.assert(
    fc.property(groups, seeds, (servers, seed) => {
      const sorted = ascending(servers);
      const start = seed % sorted.length;
      const turned = [...sorted.slice(start), ...sorted.slice(0, start)];
      const serverOrder = ServerOrder.SERVER_ORDER_ROUND_ROBIN;
      assert.deepEqual(serversOf(servers, { serverOrder }, seed), turned);
      assert.deepEqual(serversOf(servers, { distribution: 'basic' }, seed), turned);
      assert.deepEqual(serversOf(servers, { width: 2 }, seed), turned.slice(0, 2));
    }),
  );
});

test('random is another order for other seeds, the same for the same one', () => {
  const serverOrder = ServerOrder.SERVER_ORDER_RANDOM;
  const servers = [4, 9, 2, 7, 5, 1];
  const seen = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const window = serversOf(servers, { serverOrder }, seed) as number[];
    assert.deepEqual(ascending(window), ascending(servers));
    assert.deepEqual(serversOf(servers, { serverOrder }, seed), window);
    seen.add(window.join());
  }
  assert.ok(seen.size > 40, `${seen.size} orders of 50`);
});

test('a list is taken as it is, from its start server on; without one of its servers a group does not do', () => {
  fc.assert(
    fc.property(groups, fc.nat(), (servers, count) => {
      const list = servers.slice(0, (count % servers.length) + 1).reverse();
      assert.deepEqual(serversOf(servers, { servers: list }), list);
      assert.deepEqual(serversOf(servers, { servers: list, serverOrder: ServerOrder.SERVER_ORDER_LIST }), list);
      const startServer = list.at(-1) as number;
      assert.deepEqual(serversOf(servers, { servers: list, startServer }), [startServer, ...list.slice(0, -1)]);
      const inOrder = { servers: list, serverOrder: ServerOrder.SERVER_ORDER_IN_ORDER };
      assert.deepEqual(serversOf(servers, inOrder), ascending(list));
      assert.equal(serversOf(servers, { servers: [...list, 31] }), undefined);
      assert.equal(serversOf(servers, { startServer: 31 }), undefined);
    }),
  );
});

test('local servers come first and take all, unless a width or the distribution asks for more', () => {
  const serverOrder = ServerOrder.SERVER_ORDER_LOCAL;
  const servers = [8, 3, 5, 1];
  assert.deepEqual(serversOf(servers, { serverOrder }, 0, [5, 8, 20]), [5, 8]);
  assert.deepEqual(serversOf(servers, { serverOrder, width: 3 }, 0, [5, 8]), [5, 8, 1]);
  assert.deepEqual(serversOf(servers, { serverOrder, width: 1 }, 0, [5, 8]), [5]);
  const distribution = 'varstrip:strips=0:64K;1:64K;2:64K';
  assert.deepEqual(serversOf(servers, { serverOrder, distribution }, 0, [3]), [3, 1, 5]);
  assert.equal(serversOf(servers, { serverOrder }, 0, [20]), undefined);
});

test('a group that is too small does not do', () => {
  assert.equal(serversOf([1, 2], { distribution: 'twod_stripe:num_groups=3' }), undefined);
  assert.equal(serversOf([1, 2], { width: 3 }), undefined);
  assert.equal(serversOf([1, 2], { width: 1, distribution: 'varstrip:strips=0:1;1:1' }), undefined);
});

test('a server that is filling a position stands at it', () => {
  const members = [
    { server: 0, filling: 7 },
    { server: 4, filling: 9 },
  ];
  const window = (fields: Partial<Layout>) =>
    serverWindow({ members, layout: { ...DEFAULT_LAYOUT, ...fields }, seed: 0, local: new Set() });
  assert.deepEqual(window({ servers: [9, 7] }), [1, 0]);
  assert.deepEqual(window({ serverOrder: ServerOrder.SERVER_ORDER_IN_ORDER }), [1, 0]);
});
