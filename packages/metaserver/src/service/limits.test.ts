import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutToWire, type v1 } from '@tessera/protocol';
import { LEASES_PER_SESSION_MAX } from '../cluster/lease-deadlines.js';
import { SERVERS_MAX } from '../cluster/registration.js';
import { putCluster, readCluster } from '../records/cluster.js';
import { layoutOf } from '../testing/cluster-fixture.js';
import { SimulatedCluster } from '../testing/simulated-cluster.js';

const LEASE: v1.Operation.$Properties = {
  grantLease: { layout: layoutToWire(layoutOf('copies-2')), pgs: 1, stripesPerPg: 1 },
};

test('a session that holds too many leases gets no more until some were given back; others do', async () => {
  const fixture = new SimulatedCluster();
  await fixture.start();
  const register = async () => {
    for (let name = 1; name <= 3; name++) await fixture.register(name);
  };
  const pass = async () => {
    await fixture.pass(10_000);
    await register();
  };
  await register();
  await fixture.openSession();
  const grant = async () => (await fixture.mutate(LEASE)).result;
  const leases: Uint8Array[] = [];
  for (let count = 0; count < LEASES_PER_SESSION_MAX; count++) {
    const { grantLease, error } = await grant();
    leases.push(grantLease?.lease ?? assert.fail(error?.message ?? ''));
  }
  const refused = async () => {
    const { error } = await grant();
    assert.equal(error?.code, 'OVERLOADED');
    assert.match(error.message ?? '', /holds 256 leases, as many as one may: close those that are used up/);
  };
  await refused();
  await pass();
  await refused();
  for (const lease of leases.slice(0, 2)) await fixture.mutate({ closeLease: { lease } });
  await pass();
  for (let count = 0; count < 2; count++) assert.ok((await grant()).grantLease);
  await refused();
  // A new process learns of the old one's leases with its first sweep.
  await fixture.stop();
  await fixture.start();
  await pass();
  await refused();
  await fixture.openSession(2);
  assert.ok((await grant()).grantLease);
});

test('no more sessions are opened than are allowed, over restarts too; one that ends makes room', async () => {
  const fixture = new SimulatedCluster();
  const config = { metadata: { sessionsMax: 3 } };
  await fixture.start(config);
  for (const nonce of [1, 2, 3]) await fixture.openSession(nonce);
  const refused = () =>
    assert.rejects(fixture.openSession(4), {
      code: 'OVERLOADED',
      message: /3 sessions are open, as many as the metaserver takes: close clients/,
    });
  await refused();
  await fixture.openSession(2);
  await fixture.stop();
  await fixture.start(config);
  await refused();
  await fixture.openSession(2);
  await fixture.closeSession();
  await fixture.openSession(4);
  await assert.rejects(fixture.openSession(5), { code: 'OVERLOADED' });
});

test('sessions that are asked for at once do not pass the limit together', async () => {
  const fixture = new SimulatedCluster();
  await fixture.start({ metadata: { sessionsMax: 3 } });
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, nonce) => fixture.openSession(nonce)));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
  assert.equal((await fixture.status()).sessions, 3);
});

test('a cluster has a greatest number of chunkservers; those it has come back', async () => {
  const fixture = new SimulatedCluster();
  await fixture.start();
  await fixture.register(1);
  const { store } = fixture.metaserver;
  await fixture.world.drive(store.transact((tx) => putCluster(tx, { ...readCluster(tx), nextServer: SERVERS_MAX })));
  assert.equal((await fixture.register(2)).server, SERVERS_MAX);
  await assert.rejects(fixture.register(3), {
    code: 'OVERLOADED',
    message: /4096 chunkservers are registered, as many as a cluster can have: this disk cannot join/,
  });
  assert.equal((await fixture.register(2)).server, SERVERS_MAX);
  assert.equal((await fixture.register(1)).server, 1);
});
