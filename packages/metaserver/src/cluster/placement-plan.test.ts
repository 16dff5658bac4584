import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groupPositions, type PlaceableServer, positionsAvailable } from './placement-domains.js';
import { planPlacement } from './placement-plan.js';

const GROUPS = 64;

/** `sizes[i]` servers in domain i. */
function cluster(sizes: readonly number[]): PlaceableServer[] {
  return sizes.flatMap((size, domain) =>
    Array.from({ length: size }, (_, index) => ({ server: 1 + domain * 100 + index, domain: `d${domain}` })),
  );
}

function countLoads(groups: readonly number[][], servers: readonly PlaceableServer[]): number[] {
  return servers.map(({ server }) => groups.filter((group) => group.includes(server)).length);
}

/** In how many groups each pair of servers of different domains meets. */
function countPairs(groups: readonly number[][], servers: readonly PlaceableServer[]): number[] {
  const counts: number[] = [];
  servers.forEach((a, index) => {
    for (const b of servers.slice(index + 1)) {
      if (a.domain === b.domain) continue;
      counts.push(groups.filter((group) => group.includes(a.server) && group.includes(b.server)).length);
    }
  });
  return counts;
}

function spread(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

const clusters = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
  shardsPerDomain: fc.integer({ min: 1, max: 3 }),
  positions: fc.integer({ min: 1, max: 16 }),
});

test('every group has distinct members and keeps the domain rule; the plan depends on its input alone', () => {
  fc.assert(
    fc.property(clusters, fc.array(fc.nat(), { minLength: 50, maxLength: 50 }), (input, order) => {
      const servers = cluster(input.sizes);
      const positions = Math.min(input.positions, positionsAvailable(servers, input.shardsPerDomain));
      const plan = { positions, shardsPerDomain: input.shardsPerDomain, groups: GROUPS };
      const groups = planPlacement({ servers, ...plan });
      assert.equal(groups.length, GROUPS);
      const domainOf = new Map(servers.map(({ server, domain }) => [server, domain]));
      for (const group of groups) {
        assert.equal(group.length, positions);
        assert.equal(new Set(group).size, positions);
        const perDomain = new Map<string | undefined, number>();
        for (const server of group) {
          const domain = domainOf.get(server);
          assert.notEqual(domain, undefined);
          perDomain.set(domain, (perDomain.get(domain) ?? 0) + 1);
        }
        assert.ok(Math.max(...perDomain.values()) <= input.shardsPerDomain);
      }
      const shuffled = [...servers].sort((a, b) => (order[a.server % 50] ?? 0) - (order[b.server % 50] ?? 0));
      assert.deepEqual(planPlacement({ servers: shuffled, ...plan }), groups);
    }),
    { numRuns: 60 },
  );
});

test('in domains of equal size every server is in equally many groups', () => {
  fc.assert(
    fc.property(
      fc.record({
        domains: fc.integer({ min: 1, max: 14 }),
        size: fc.integer({ min: 1, max: 3 }),
        positions: fc.integer({ min: 1, max: 14 }),
      }),
      ({ domains, size, positions }) => {
        const servers = cluster(new Array<number>(domains).fill(size));
        const groups = planPlacement({
          servers,
          positions: Math.min(positions, domains),
          shardsPerDomain: 1,
          groups: GROUPS,
        });
        assert.ok(spread(countLoads(groups, servers)) <= 1);
      },
    ),
    { numRuns: 60 },
  );
});

test('pairs of servers share nearly equally many groups', () => {
  for (const [servers, positions, spreadMax] of [
    [8, 6, 1],
    [9, 6, 3],
    [12, 8, 2],
    [20, 16, 3],
    [24, 16, 3],
    [40, 16, 5],
    [30, 6, 2],
  ] as const) {
    const all = cluster(new Array<number>(servers).fill(1));
    const groups = planPlacement({ servers: all, positions, shardsPerDomain: 1, groups: GROUPS });
    const pairs = countPairs(groups, all);
    assert.ok(spread(pairs) <= spreadMax, `${servers} servers, ${positions} positions: ${spread(pairs)}`);
    assert.ok(spread(countLoads(groups, all)) <= 1);
  }
});

test('a lost server is rebuilt from all others', () => {
  const servers = cluster(new Array<number>(30).fill(1));
  const groups = planPlacement({ servers, positions: 12, shardsPerDomain: 1, groups: GROUPS });
  for (const { server } of servers) {
    const partners = new Set(groups.filter((group) => group.includes(server)).flat());
    assert.equal(partners.size, 30);
  }
});

test('a server stands at every position about as often as at any other', () => {
  const servers = cluster(new Array<number>(8).fill(1));
  const groups = planPlacement({ servers, positions: 8, shardsPerDomain: 1, groups: GROUPS });
  for (let position = 0; position < 8; position++) {
    const holders = new Set(groups.map((group) => group[position]));
    assert.ok(holders.size >= 7, `position ${position} is held by ${holders.size} of 8 servers`);
  }
});

test('positions are what the domains allow, bounded, and k + m where that is more', () => {
  const rs = { data: 4, parity: 2 };
  assert.equal(positionsAvailable(cluster([1, 1, 1, 5]), 1), 4);
  assert.equal(positionsAvailable(cluster([1, 1, 1, 5]), 2), 5);
  assert.equal(positionsAvailable(cluster([1, 1, 1, 5]), 3), 6);
  assert.equal(groupPositions(8, rs), 8);
  assert.equal(groupPositions(100, rs), 16);
  assert.equal(groupPositions(100, { data: 16, parity: 4 }), 20);
});
