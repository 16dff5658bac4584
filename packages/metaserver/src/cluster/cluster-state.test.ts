import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, v1 } from '@tessera/protocol';
import { ClusterFixture, hostLabels } from '../testing/cluster-fixture.js';
import { clusterAlarms } from './alarms.js';
import { parseServerReport } from './server-report.js';
import { stateAfterSilence } from './server-state.js';

const { SERVER_STATE_UP: UP, SERVER_STATE_SUSPECT: SUSPECT, SERVER_STATE_DOWN: DOWN } = v1.ServerState;

/** Time passes in steps of a second, with a review after each. */
function pass(fixture: ClusterFixture, seconds: number, beating: readonly number[] = []): void {
  for (let second = 0; second < seconds; second++) {
    fixture.pass(1_000);
    fixture.beat(beating);
    fixture.cluster.reviewStates();
  }
}

function states(fixture: ClusterFixture) {
  return [...fixture.cluster.servers()].map(({ state }) => state);
}

test('silence makes up suspect and then down, to the millisecond', () => {
  const limits = { suspectMs: 3_000, downMs: 10_000 };
  assert.equal(stateAfterSilence(0, limits), UP);
  assert.equal(stateAfterSilence(2_999, limits), UP);
  assert.equal(stateAfterSilence(3_000, limits), SUSPECT);
  assert.equal(stateAfterSilence(9_999, limits), SUSPECT);
  assert.equal(stateAfterSilence(10_000, limits), DOWN);
});

test('a silent server goes suspect and down, a heartbeat brings it back, each a new map', () => {
  const fixture = new ClusterFixture(2);
  const { cluster } = fixture;
  const version = () => cluster.mapVersion();
  const start = version();
  pass(fixture, 2, [1]);
  assert.deepEqual(states(fixture), [UP, UP]);
  assert.equal(version(), start);
  pass(fixture, 1, [1]);
  assert.deepEqual(states(fixture), [UP, SUSPECT]);
  assert.equal(version(), start + 1);
  pass(fixture, 6, [1]);
  assert.deepEqual(states(fixture), [UP, SUSPECT]);
  pass(fixture, 1, [1]);
  assert.deepEqual(states(fixture), [UP, DOWN]);
  assert.equal(version(), start + 2);
  pass(fixture, 100, [1]);
  assert.equal(version(), start + 2);
  const change = cluster.hear(2, new Uint8Array(16).fill(2), parseServerReport({}));
  assert.equal(change?.from, DOWN);
  assert.equal(change.server.state, UP);
  assert.equal(version(), start + 3);
});

test('a pause of this process is not held against the chunkservers', () => {
  const fixture = new ClusterFixture(2);
  pass(fixture, 2, [1]);
  fixture.pass(60_000);
  assert.deepEqual(fixture.cluster.reviewStates(), []);
  assert.deepEqual(states(fixture), [UP, UP]);
  pass(fixture, 1, [1]);
  assert.deepEqual(states(fixture), [UP, SUSPECT]);
});

test('loaded servers are suspect until heard of, and go down when they stay silent', () => {
  const fixture = new ClusterFixture(2);
  for (const server of [...fixture.cluster.servers()]) fixture.cluster.load(server.server, server as never);
  assert.deepEqual(states(fixture), [SUSPECT, SUSPECT]);
  fixture.beat([1]);
  pass(fixture, 5, [1]);
  assert.deepEqual(states(fixture), [UP, SUSPECT]);
  pass(fixture, 5, [1]);
  assert.deepEqual(states(fixture), [UP, DOWN]);
});

test('address, labels and disk state change the map; space does not', () => {
  const fixture = new ClusterFixture(1);
  const { cluster } = fixture;
  const disk = new Uint8Array(16).fill(1);
  let version = cluster.mapVersion();
  cluster.hear(1, disk, parseServerReport({ usedBytes: 5, freeBytes: 7, shards: 3 }));
  assert.equal(cluster.mapVersion(), version);
  assert.equal(cluster.server(1)?.usedBytes, 5);
  fixture.beat([1], v1.DiskState.DISK_STATE_FULL);
  assert.equal(cluster.mapVersion(), ++version);
  fixture.beat([1]);
  assert.equal(cluster.mapVersion(), ++version);
  fixture.addServer(1, hostLabels('elsewhere'));
  assert.equal(cluster.mapVersion(), ++version);
  fixture.addServer(1, hostLabels('elsewhere'));
  assert.equal(cluster.mapVersion(), version);
  fixture.addServer(2, hostLabels('new'));
  assert.equal(cluster.mapVersion(), ++version);
});

test('shards that a server doubts are remembered, from heartbeats and registrations', () => {
  const fixture = new ClusterFixture(1);
  const { cluster } = fixture;
  const report = (slot: number) => parseServerReport({ doubtful: [{ pg: 1, stripe: encodeId(9n), slot }] });
  const server = cluster.server(1) ?? assert.fail('no server');
  cluster.hear(1, server.diskId, report(0));
  cluster.register(1, { ...server, labels: [...server.labels] }, report(1));
  assert.deepEqual(
    [0, 1, 2].map((slot) => cluster.isDoubtful(1, 1, 9n, slot)),
    [true, true, false],
  );
  assert.equal(cluster.isDoubtful(2, 1, 9n, 0), false);
  assert.equal(cluster.isDoubtful(1, 2, 9n, 0), false);
});

test('a heartbeat from a number or disk that is not registered is refused', () => {
  const fixture = new ClusterFixture(1);
  const report = parseServerReport({});
  assert.throws(() => fixture.cluster.hear(2, new Uint8Array(16).fill(1), report), { code: 'NOT_FOUND' });
  assert.throws(() => fixture.cluster.hear(1, new Uint8Array(16).fill(2), report), { code: 'NOT_FOUND' });
});

test('alarms name what an administrator should look at', () => {
  const fixture = new ClusterFixture(4);
  const totals = {
    files: 0,
    directories: 0,
    logicalBytes: 0,
    liveBytes: 0,
    deadBytes: 0,
    stripes: 0,
    repairsOwed: 0,
    reaperPending: 0,
  };
  const alarms = () => clusterAlarms(fixture.cluster.servers(), totals);
  assert.deepEqual(alarms(), []);
  fixture.silence(3);
  fixture.beat([2], v1.DiskState.DISK_STATE_FULL);
  const report = { diskState: v1.DiskState.DISK_STATE_FAILED, diskMessage: 'sync failed (EIO)' };
  fixture.cluster.hear(4, new Uint8Array(16).fill(4), parseServerReport(report));
  totals.repairsOwed = 7;
  assert.deepEqual(alarms(), [
    'chunkserver 4 (host-4, 10.0.0.4:7100): disk failed: sync failed (EIO)',
    'chunkserver 3 (host-3, 10.0.0.3:7100) is down',
    'chunkserver 2 (host-2, 10.0.0.2:7100): disk full',
    '7 stripes have less than full redundancy',
  ]);
  assert.match(clusterAlarms([], totals)[0] ?? '', /no chunkserver has registered/);
  const many = new ClusterFixture(150);
  many.silence(...Array.from({ length: 150 }, (_, index) => index + 1));
  const bounded = clusterAlarms(many.cluster.servers(), totals);
  assert.equal(bounded.length, 100);
  assert.equal(bounded.at(-1), 'and 52 more');
});

test('reports are checked', () => {
  const doubtful = new Array(1001).fill({ pg: 1, stripe: new Uint8Array(8), slot: 0 });
  assert.throws(() => parseServerReport({ doubtful }), { code: 'INVALID_ARGUMENT', message: /1001 doubtful/ });
  assert.throws(() => parseServerReport({ diskState: 9 as never }), {
    code: 'INVALID_ARGUMENT',
    message: /disk state 9/,
  });
  assert.equal(parseServerReport({ diskMessage: 'x'.repeat(9_999) }).diskMessage.length, 500);
});
