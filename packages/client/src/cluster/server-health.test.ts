import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v1 } from '@tessera/protocol';
import { PROBE_MS_MAX, PROBE_MS_MIN, SLOW_REQUESTS_MAX, WRITE_REFUSAL_MS } from '../limits.js';
import { ManualClock } from '../testing/manual-clock.js';
import { testMap } from '../testing/test-map.js';
import type { ClusterMap, Server } from './cluster-map.js';
import { Reach, ServerHealth } from './server-health.js';

function setUp() {
  const clock = new ManualClock();
  const map = testMap(3, [1]);
  const probes: number[] = [];
  const back = new Set<number>();
  const health = new ServerHealth(clock, async (server) => {
    probes.push(server);
    if (!back.has(server)) throw new Error('still gone');
  });
  return { clock, map, health, probes, back };
}

function withServer(map: ClusterMap, change: Partial<Server> & { server: number }): ClusterMap {
  const servers = new Map(map.servers);
  servers.set(change.server, { ...(map.servers.get(change.server) as Server), ...change });
  return { ...map, servers };
}

const { SERVER_STATE_DOWN, SERVER_STATE_SUSPECT } = v1.ServerState;

test('a server that failed is avoided until a probe reaches it', async () => {
  const { clock, map, health, probes, back } = setUp();
  assert.equal(health.readReach(map, 2), Reach.GOOD);
  health.failed(2, 'refused');
  assert.equal(health.readReach(map, 2), Reach.NONE);
  assert.equal(health.writeObstacle(map, 2), 'refused');
  assert.equal(health.readReach(map, 1), Reach.GOOD);
  await clock.advance(PROBE_MS_MIN);
  assert.deepEqual(probes, [2]);
  back.add(2);
  await clock.advance(2 * PROBE_MS_MIN);
  assert.equal(health.readReach(map, 2), Reach.GOOD);
});

test('probes become rarer, to a limit, and end with the client', async () => {
  const { clock, health, probes } = setUp();
  health.failed(1, 'gone');
  await clock.advance(60_000);
  const many = probes.length;
  assert.ok(many >= 60_000 / PROBE_MS_MAX && many < 25, `${many} probes`);
  health.close();
  await clock.advance(60_000);
  assert.equal(probes.length, many);
});

test('who cannot do without a server has it asked at once', async () => {
  const { clock, map, health, probes, back } = setUp();
  health.failed(1, 'gone');
  back.add(1);
  health.probeAvoided();
  health.probeAvoided();
  await clock.advance(0);
  assert.deepEqual(probes, [1]);
  assert.equal(health.readReach(map, 1), Reach.GOOD);
});

test('slow requests in a row count as a failure, unless one is answered', () => {
  const { clock, map, health } = setUp();
  const ask = () => health.slow(1, clock.monotonicMs());
  for (let round = 0; round < 3; round++) {
    for (let slow = 1; slow < SLOW_REQUESTS_MAX; slow++) ask();
    health.succeeded(1);
  }
  assert.equal(health.readReach(map, 1), Reach.GOOD);
  for (let slow = 0; slow < SLOW_REQUESTS_MAX; slow++) ask();
  assert.equal(health.readReach(map, 1), Reach.NONE);
  health.succeeded(1);
  assert.equal(health.readReach(map, 1), Reach.GOOD);
});

test('however many requests that were asked together are slow, they count once', async () => {
  const { clock, map, health } = setUp();
  const askedAtMs = clock.monotonicMs();
  await clock.advance(100);
  for (let slow = 0; slow < 1_000; slow++) health.slow(1, askedAtMs);
  await clock.advance(100);
  for (let slow = 0; slow < 1_000; slow++) health.slow(1, askedAtMs);
  assert.equal(health.readReach(map, 1), Reach.GOOD);
  for (let slow = 1; slow < SLOW_REQUESTS_MAX; slow++) {
    const nextMs = clock.monotonicMs();
    await clock.advance(100);
    health.slow(1, nextMs);
  }
  assert.equal(health.readReach(map, 1), Reach.NONE);
});

test('the map has its say: down, suspect, disk full', () => {
  const { map, health } = setUp();
  const down = withServer(map, { server: 1, state: SERVER_STATE_DOWN });
  assert.equal(health.readReach(down, 1), Reach.NONE);
  assert.equal(health.writeReach(down, 1), Reach.NONE);
  const suspect = withServer(map, { server: 1, state: SERVER_STATE_SUSPECT });
  assert.equal(health.readReach(suspect, 1), Reach.DOUBTFUL);
  assert.equal(health.writeReach(suspect, 1), Reach.DOUBTFUL);
  const full = withServer(map, { server: 1, diskState: v1.DiskState.DISK_STATE_FULL });
  assert.equal(health.readReach(full, 1), Reach.GOOD);
  assert.equal(health.writeReach(full, 1), Reach.NONE);
  assert.equal(health.readReach(map, 99), Reach.NONE);
});

test('a refused write keeps writes away for a while, reads go on', async () => {
  const { clock, map, health } = setUp();
  health.refusedWrite(3, 'disk full');
  assert.equal(health.writeReach(map, 3), Reach.NONE);
  assert.equal(health.readReach(map, 3), Reach.GOOD);
  await clock.advance(WRITE_REFUSAL_MS + 1);
  assert.equal(health.writeReach(map, 3), Reach.GOOD);
});

test('a server that the map shows returned or moved gets a fresh start', () => {
  const { map, health } = setUp();
  health.failed(1, 'gone');
  health.failed(2, 'gone');
  health.failed(3, 'gone');
  const before = withServer(map, { server: 1, state: SERVER_STATE_DOWN });
  const after = withServer(map, { server: 2, address: '10.0.0.9:1' });
  health.mapChanged(after, before);
  assert.equal(health.readReach(after, 1), Reach.GOOD);
  assert.equal(health.readReach(after, 2), Reach.GOOD);
  assert.equal(health.readReach(after, 3), Reach.NONE);
});
