import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeId, type Layout, layoutToWire, v1 } from '@tessera/protocol';
import { findCluster } from '../../records/cluster.js';
import { readLease } from '../../records/lease.js';
import { readPlacementGroup } from '../../records/placement-group.js';
import { readPlacementSet } from '../../records/placement-set.js';
import { ClusterFixture, hostLabels, layoutOf } from '../../testing/cluster-fixture.js';
import { checkSatisfiable } from './check-layout-satisfiable.js';
import { grantLease } from './grant-lease.js';

const RS = layoutOf('rs-4-2');

function sets(fixture: ClusterFixture) {
  const next = fixture.store.run(findCluster)?.nextSet ?? 0;
  return Array.from({ length: next - 1 }, (_, index) => fixture.store.run((tx) => readPlacementSet(tx, index + 1)));
}

function grantWire(fixture: ClusterFixture, operation: v1.GrantLeaseOperation.$Properties) {
  return fixture.store.run((tx) => grantLease(tx, fixture.cluster, fixture.session, operation));
}

test('a lease has as many distinct groups and ids as asked for, under its session', () => {
  const fixture = new ClusterFixture(8);
  const { lease, leaseMs, ranges } = fixture.grant(RS, 5, 100);
  assert.equal(leaseMs, 60_000);
  assert.equal(new Set(ranges.map(({ pg }) => pg)).size, 5);
  const ids = ranges.flatMap(({ firstStripe, count }) =>
    Array.from({ length: count }, (_, index) => firstStripe + BigInt(index)),
  );
  assert.equal(new Set(ids).size, 500);
  assert.deepEqual(
    fixture.store.run((tx) => readLease(tx, lease)),
    { session: fixture.session, ranges, closing: false },
  );
  const other = fixture.grant(RS, 5, 100);
  const otherIds = other.ranges.map(({ firstStripe }) => firstStripe);
  for (const id of otherIds) assert.ok(!ids.includes(id));
});

test('the first lease of a kind makes 64 groups with as many positions as there are domains', () => {
  const fixture = new ClusterFixture(8);
  const version = fixture.cluster.mapVersion();
  fixture.grant(RS);
  assert.ok(fixture.cluster.mapVersion() > version);
  const [set] = sets(fixture);
  assert.deepEqual([set?.positions, set?.firstPg, set?.pgCount, set?.servers], [8, 1, 64, 8]);
  for (let pg = 1; pg <= 64; pg++) {
    const group = fixture.store.run((tx) => readPlacementGroup(tx, pg));
    assert.equal(new Set(group?.members.map(({ server }) => server)).size, 8);
    assert.equal(group?.epoch, 1);
  }
  const after = fixture.cluster.mapVersion();
  fixture.grant(RS);
  fixture.grant(layoutOf('copies-3'));
  assert.equal(sets(fixture).length, 1);
  assert.equal(fixture.cluster.mapVersion(), after);
});

test('other domain levels, shards per domain and labels have groups of their own', () => {
  const fixture = new ClusterFixture(8, (server) => [
    ...hostLabels(`host-${server >> 1}`),
    { key: 'class', value: server <= 4 ? 'ssd' : 'disk' },
    { key: 'tier', value: 'a' },
  ]);
  const copies = layoutOf('copies-2');
  fixture.grant(copies);
  fixture.grant({ ...layoutOf('copies-3'), shardsPerDomain: 2 });
  fixture.grant({ ...copies, failureDomain: v1.DomainLevel.DOMAIN_LEVEL_DISK });
  const ssd = { key: 'class', value: 'ssd' };
  const tier = { key: 'tier', value: 'a' };
  const { ranges } = fixture.grant({ ...copies, placementLabels: [tier, ssd] }, 64);
  const before = sets(fixture).length;
  fixture.grant({ ...copies, placementLabels: [ssd, tier] });
  assert.equal(sets(fixture).length, before);
  assert.equal(before, 4);
  for (const { pg } of ranges) {
    const group = fixture.store.run((tx) => readPlacementGroup(tx, pg));
    assert.ok(group?.members.every(({ server }) => server <= 4));
  }
});

test('more domains or clearly more servers make a new set for new leases; a few more do not', () => {
  const fixture = new ClusterFixture(3);
  const copies = layoutOf('copies-2');
  fixture.grant(copies);
  fixture.addServer(4, hostLabels('host-4'));
  const { ranges } = fixture.grant(copies);
  assert.deepEqual(
    sets(fixture).map((set) => set?.positions),
    [3, 4],
  );
  assert.ok((ranges[0]?.pg ?? 0) > 64);
  for (let server = 5; server <= 24; server++) fixture.addServer(server, hostLabels(`host-${server}`));
  fixture.grant(copies);
  assert.equal(sets(fixture).at(-1)?.positions, 16);
  assert.equal(sets(fixture).length, 3);
  fixture.addServer(25, hostLabels('host-25'));
  fixture.addServer(26, hostLabels('host-26'));
  fixture.grant(copies);
  assert.equal(sets(fixture).length, 3);
  fixture.addServer(27, hostLabels('host-27'));
  fixture.grant(copies);
  assert.deepEqual([sets(fixture).length, sets(fixture).at(-1)?.servers], [4, 27]);
});

test('k + m above the bound gets larger groups, which then serve smaller layouts too', () => {
  const fixture = new ClusterFixture(24);
  fixture.grant(layoutOf('rs-4-2'));
  fixture.grant(layoutOf('rs-16-4', { segmentBytes: 1024 * 1024 }));
  fixture.grant(layoutOf('rs-4-2'));
  fixture.grant(layoutOf('rs-16-4', { segmentBytes: 1024 * 1024 }));
  assert.deepEqual(
    sets(fixture).map((set) => set?.positions),
    [16, 20],
  );
});

test('groups that no longer keep the domain rule are passed over', () => {
  const fixture = new ClusterFixture(8);
  fixture.grant(RS);
  fixture.addServer(2, hostLabels('host-1'));
  const { ranges } = fixture.grant(RS, 64);
  assert.ok(ranges.every(({ pg }) => pg > 64));
  assert.equal(sets(fixture).at(-1)?.positions, 7);
  const again = fixture.grant(RS, 64);
  assert.ok(again.ranges.every(({ pg }) => pg > 64));
  assert.equal(sets(fixture).length, 2);
});

test('groups that can take a whole stripe come first, in random order', () => {
  const fixture = new ClusterFixture(20);
  fixture.grant(layoutOf('rs-12-3'));
  // Sixteen positions of twenty servers; rs-12-3 needs fifteen up.
  fixture.silence(1, 2);
  const usable: number[] = [];
  for (let pg = 1; pg <= 64; pg++) {
    const members = fixture.store.run((tx) => readPlacementGroup(tx, pg))?.members ?? [];
    if (members.filter(({ server }) => server > 2).length >= 15) usable.push(pg);
  }
  assert.ok(usable.length > 4 && usable.length < 64);
  const picked = new Set<number>();
  for (let round = 0; round < 30; round++) {
    for (const { pg } of fixture.grant(layoutOf('rs-12-3'), 4).ranges) picked.add(pg);
  }
  for (const pg of picked) assert.ok(usable.includes(pg));
  assert.ok(picked.size > usable.length / 2);
});

test('a damaged cluster still grants what a degraded commit needs, and names what is missing below that', () => {
  const fixture = new ClusterFixture(8);
  fixture.silence(1, 2, 3, 4, 5, 6);
  assert.equal(fixture.grant(RS).ranges.length, 1);
  fixture.silence(1, 2, 3, 4, 5, 6, 7);
  assert.throws(() => fixture.grant(RS), {
    code: 'NOT_ENOUGH_SERVERS',
    message: /rs-4-2 needs at least 2 chunkservers.*Missing: server 1 at 10\.0\.0\.1:7100 \(down\).*server 7/,
  });
  assert.equal(fixture.grant(layoutOf('copies-1')).ranges.length, 1);
});

test('full and failed disks take no writes', () => {
  const fixture = new ClusterFixture(3);
  fixture.beat([2], v1.DiskState.DISK_STATE_FULL);
  fixture.beat([3], v1.DiskState.DISK_STATE_FAILED);
  assert.throws(() => fixture.grant(layoutOf('copies-3')), {
    code: 'NOT_ENOUGH_SERVERS',
    message: /server 2 at 10\.0\.0\.2:7100 \(disk full\), server 3 at 10\.0\.0\.3:7100 \(disk failed\)/,
  });
});

test('servers of an earlier process that were not heard of yet count as hoped for', () => {
  const fixture = new ClusterFixture(6);
  for (const server of [...fixture.cluster.servers()]) fixture.cluster.load(server.server, server as never);
  assert.equal(fixture.grant(RS).ranges.length, 1);
});

test('too few domains are told with counts', () => {
  const fixture = new ClusterFixture(6, (server) => hostLabels(`host-${server % 3}`));
  const refused = (layout: Layout, message: RegExp) => {
    assert.throws(() => fixture.grant(layout), { code: 'LAYOUT_UNSATISFIABLE', message });
    assert.throws(() => checkSatisfiable(fixture.cluster, layout), { code: 'LAYOUT_UNSATISFIABLE', message });
  };
  refused(
    RS,
    /rs-4-2 with at most 1 of its 6 shards in one host needs 6 host domains; 3 are registered, with 6 servers/,
  );
  checkSatisfiable(fixture.cluster, { ...RS, shardsPerDomain: 2 });
  checkSatisfiable(fixture.cluster, layoutOf('copies-3'));
  refused({ ...RS, failureDomain: v1.DomainLevel.DOMAIN_LEVEL_RACK }, /0 are registered.*6 more name no rack/);
  refused(
    { ...layoutOf('copies-2'), placementLabels: [{ key: 'class', value: 'ssd' }] },
    /needs 2 host domains with the labels class=ssd; 0 are registered/,
  );
  assert.throws(() => checkSatisfiable(new ClusterFixture(0).cluster, layoutOf('copies-1')), {
    code: 'LAYOUT_UNSATISFIABLE',
    message: /needs 1 host domains; 0 are registered/,
  });
  assert.equal(fixture.store.run(findCluster)?.nextSet, 1);
});

test('malformed requests are refused', () => {
  const fixture = new ClusterFixture(8);
  const layout = layoutToWire(RS);
  const refused = (operation: v1.GrantLeaseOperation.$Properties, code: string, message: RegExp) =>
    assert.throws(() => grantWire(fixture, operation), { code, message });
  refused({ layout, pgs: 0, stripesPerPg: 1 }, 'INVALID_ARGUMENT', /pgs is 0; 1\.\.64/);
  refused({ layout, pgs: 65, stripesPerPg: 1 }, 'INVALID_ARGUMENT', /pgs is 65/);
  refused({ layout, pgs: 1 }, 'INVALID_ARGUMENT', /stripes_per_pg is 0; 1\.\.4096/);
  refused({ layout, pgs: 1, stripesPerPg: 4097 }, 'INVALID_ARGUMENT', /stripes_per_pg is 4097/);
  refused({ pgs: 1, stripesPerPg: 1 }, 'INVALID_ARGUMENT', /no redundancy/);
  const bad = layoutToWire({ ...RS, shardsPerDomain: 3 });
  refused({ layout: bad, pgs: 1, stripesPerPg: 1 }, 'INVALID_LAYOUT', /shardsPerDomain is 3/);
});

test('a huge request is granted in part', () => {
  const fixture = new ClusterFixture(8);
  const result = grantWire(fixture, { layout: layoutToWire(RS), pgs: 64, stripesPerPg: 4096 });
  assert.equal(result.ranges.length, 64);
  assert.ok(result.ranges.every(({ count }) => count === 256));
  const [first, second] = result.ranges;
  assert.equal(decodeId(second?.firstStripe) - decodeId(first?.firstStripe), 256n);
});

test('who lines files up gets the same groups as everyone else who does, those asked for first', () => {
  const fixture = new ClusterFixture(8);
  const inOrder = { ...RS, serverOrder: v1.ServerOrder.SERVER_ORDER_IN_ORDER };
  const pgsOf = (near = {}, pgs = 5) => fixture.grant(inOrder, pgs, 8, near).ranges.map(({ pg }) => pg);
  assert.deepEqual(pgsOf(), [1, 2, 3, 4, 5]);
  assert.deepEqual(pgsOf(), [1, 2, 3, 4, 5]);
  assert.deepEqual(pgsOf({ wantedPgs: [40] }, 2), [40, 1]);
  assert.deepEqual(pgsOf({ wantedPgs: [900] }, 1), [1], 'a group that is not current is not granted');
  fixture.beat([1, 2, 3, 4], v1.DiskState.DISK_STATE_FULL);
  assert.deepEqual(pgsOf({ wantedPgs: [40] }, 1), [40], 'all are as narrow as the one asked for');
});

test('groups have the servers that a layout names, and one of those near the writer', () => {
  const fixture = new ClusterFixture(24);
  const membersOf = (pg: number) =>
    fixture.store.run((tx) => readPlacementGroup(tx, pg))?.members.map(({ server }) => server) ?? [];
  const both = fixture.grant({ ...RS, servers: [20, 3] }, 64).ranges;
  assert.ok(both.length > 0 && both.length < 64);
  for (const { pg } of both) assert.ok(membersOf(pg).includes(20) && membersOf(pg).includes(3));
  const begun = fixture.grant({ ...RS, startServer: 7 }, 64).ranges;
  assert.ok(begun.length > 0 && begun.length < 64);
  for (const { pg } of begun) assert.ok(membersOf(pg).includes(7));
  const near = fixture.grant(RS, 64, 8, { anyOf: [5, 6] }).ranges;
  assert.ok(near.length > begun.length && near.length < 64);
  for (const { pg } of near) assert.ok(membersOf(pg).some((server) => server === 5 || server === 6));
  assert.throws(() => fixture.grant(RS, 64, 8, { anyOf: [25] }), {
    code: 'LAYOUT_UNSATISFIABLE',
    message: /none of the 64 placement groups has any of the servers 25/,
  });
});

test('servers that no group has together, and what is too wide, are refused with the reason', () => {
  const fixture = new ClusterFixture(24, (server) => [
    ...hostLabels(`host-${server === 2 ? 1 : server}`),
    { key: 'class', value: server <= 16 ? 'ssd' : 'disk' },
  ]);
  const refuse = (fields: Partial<Layout>, message: RegExp) =>
    assert.throws(() => fixture.grant({ ...RS, ...fields }), { code: 'LAYOUT_UNSATISFIABLE', message });
  refuse({ servers: [3, 99] }, /server 99 is not registered; there are 1, 2, 3, .* and 4 more/);
  refuse({ startServer: 25 }, /server 25 is not registered/);
  refuse({ servers: [1, 2] }, /servers 1 and 2 stand in one host, 'host-1'; the layout allows 1 there/);
  const ssd = [{ key: 'class', value: 'ssd' }];
  refuse({ servers: [3, 17], placementLabels: ssd }, /server 17 does not carry .* class=ssd/);
  const sixteen = Array.from({ length: 16 }, (_, index) => index + 5);
  refuse({ servers: sixteen }, /none of the 64 placement groups has the servers 5, .*20 together; a group has 16/);
  refuse({ width: 17 }, /width is 17, but a placement group has 16 here: at most 1 in one host/);
  refuse({ distribution: 'twod_stripe:num_groups=17' }, /needs 17 servers, but a placement group has 16 here/);
  refuse({ failureDomain: v1.DomainLevel.DOMAIN_LEVEL_RACK, startServer: 3 }, /rack/);
  assert.ok(fixture.grant({ ...RS, shardsPerDomain: 2, servers: [1, 2] }).ranges.length > 0);
});
