import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BATCH_OPERATIONS_MAX, encodeId, PROTOCOL_VERSION, v1 } from '@tessera/protocol';
import { CLUSTER_ID } from '../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../testing/namespace-fixture.js';
import { refused } from '../testing/refused.js';

const CONTEXT = { protocolVersion: PROTOCOL_VERSION };

test('a batch answers every operation by itself, in order', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.put('/f', 'abc');
  const results = await fixture.batch([
    { stat: { node: node('/none') } },
    { sequence: 11, mkdir: { node: node('/d') } },
    { stat: { node: node('/f') } },
    {},
    { sequence: 12, remove: { node: node('/none') } },
    { list: { node: node('/f') } },
    { stat: {} },
  ]);
  assert.deepEqual(
    results.map((result) => result.error?.code ?? Object.keys(result)[0]),
    ['NOT_FOUND', 'mkdir', 'stat', 'INVALID_ARGUMENT', 'NOT_FOUND', 'NOT_A_DIRECTORY', 'INVALID_ARGUMENT'],
  );
  assert.deepEqual(await fixture.batch([]), []);
});

test('every reply tells the version of the cluster map', async () => {
  const fixture = await NamespaceFixture.create();
  const version = fixture.context.cluster.mapVersion();
  const batch = (await fixture.call('batch', { context: CONTEXT })) as v1.BatchReply;
  assert.equal(Number(batch.mapVersion), version);
  const request = { context: CONTEXT, operation: { stat: { node: node('/') } } };
  assert.equal(Number(((await fixture.call('stat', request)) as v1.UnaryReply).mapVersion), version);
});

test('peers of other versions and other clusters are turned away by every method', async () => {
  const fixture = await NamespaceFixture.create();
  for (const name of ['openSession', 'closeSession', 'batch'] as const) {
    const call = (context: object) => fixture.call(name, { context, nonce: new Uint8Array(16) });
    const newer = PROTOCOL_VERSION + 1;
    const both = new RegExp(`version ${newer}, this metaserver ${PROTOCOL_VERSION}`);
    await refused(call({ protocolVersion: newer }), 'WRONG_VERSION', both);
    await refused(call({}), 'WRONG_VERSION', /version 0/);
    await refused(fixture.call(name, {}), 'WRONG_VERSION', /version 0/);
    const foreign = call({ ...CONTEXT, clusterId: new Uint8Array(16).fill(9) });
    await refused(foreign, 'WRONG_CLUSTER', /0909.* 0707/);
    const odd = call({ ...CONTEXT, clusterId: Uint8Array.of(7, 7) });
    await refused(odd, 'WRONG_CLUSTER', /cluster 0707,/);
  }
  await fixture.call('batch', { context: { ...CONTEXT, clusterId: CLUSTER_ID } });
  const unary = { context: { protocolVersion: 77 }, operation: { stat: { node: node('/') } } };
  await refused(fixture.call('stat', unary), 'WRONG_VERSION', /version 77/);
});

test('mutations need a session that is open, reads need none', async () => {
  const fixture = await NamespaceFixture.create();
  const call = async (session: Uint8Array) => {
    const operations = [{ sequence: 1, mkdir: { node: node('/d') } }, { stat: { node: node('/') } }];
    return ((await fixture.call('batch', { context: { ...CONTEXT, session }, operations })) as v1.BatchReply).results;
  };
  const none = await call(new Uint8Array());
  assert.equal(none[0]?.error?.code, 'INVALID_ARGUMENT');
  assert.match(none[0]?.error?.message ?? '', /needs a session/);
  assert.ok(none[1]?.stat);
  const unknown = await call(encodeId(12_345n));
  assert.equal(unknown[0]?.error?.code, 'SESSION_EXPIRED');
  assert.ok(unknown[1]?.stat);
  await refused(call(new Uint8Array(5)), 'INVALID_ARGUMENT', /8 bytes, these are 5/);
  await refused(fixture.call('closeSession', { context: CONTEXT }), 'INVALID_ARGUMENT', /no session/);
});

test('a batch too long is refused as a whole', async () => {
  const fixture = await NamespaceFixture.create();
  const operations = Array.from({ length: BATCH_OPERATIONS_MAX + 1 }, (_, index) => ({
    sequence: index + 1,
    mkdir: { node: node(`/${index}`) },
  }));
  await refused(fixture.batch(operations), 'INVALID_ARGUMENT', /1001 operations; at most 1000/);
  assert.deepEqual(await fixture.names('/'), []);
  const results = await fixture.batch(operations.slice(1));
  assert.ok(results.every(({ mkdir }) => mkdir?.created));
});

test('a unary method runs its own kind of operation', async () => {
  const fixture = await NamespaceFixture.create();
  const context = { ...CONTEXT, session: encodeId(fixture.session) };
  const call = async (name: 'stat' | 'mkdir' | 'list', operation?: v1.Operation.$Properties) =>
    ((await fixture.call(name, { context, operation })) as v1.UnaryReply).result;
  const made = await call('mkdir', { sequence: 1, mkdir: { node: node('/d') } });
  assert.equal(made?.mkdir?.created, true);
  assert.deepEqual((await call('stat', { stat: { node: node('/d') } }))?.stat?.attributes, made?.mkdir?.attributes);
  assert.equal((await call('list', { list: { node: node('/') } }))?.list?.entries?.length, 1);
  assert.equal((await call('stat', { stat: { node: node('/none') } }))?.error?.code, 'NOT_FOUND');
  await refused(
    call('stat', { list: { node: node('/') } }),
    'INVALID_ARGUMENT',
    /takes an operation with stat, not list/,
  );
  await refused(call('stat', {}), 'INVALID_ARGUMENT', /not nothing/);
  await refused(call('stat'), 'INVALID_ARGUMENT', /not nothing/);
});

test('numbers, ids and bytes out of range are refused, each by its operation', async () => {
  const fixture = await NamespaceFixture.create();
  const huge = { low: -1, high: -1, unsigned: true } as unknown as number;
  const requests: v1.Operation.$Properties[] = [
    { resolve: { node: node('/'), offset: huge } },
    { resolve: { node: node('/'), length: huge } },
    { stat: { node: { base: new Uint8Array(3) } } },
    { list: { node: { base: new Uint8Array(9) } } },
    { putFile: { node: node('/f'), bytes: huge } },
    { putFile: { node: node('/f'), bytes: 1, extents: [{ fileOffset: huge, length: 1 }] } },
    {
      putFile: {
        node: node('/f'),
        bytes: 1,
        extents: [{ length: 1, pg: 1, stripe: new Uint8Array(2) }],
        stripes: [{}],
      },
    },
    { putFile: { node: node('/f'), bytes: 1, extents: [{ length: 1 }] } },
    { publish: { inode: encodeId(4n), node: node('/f'), bytes: huge } },
    { mkdir: { node: node('/f'), mode: 0xffff_ffff } },
    { rename: { from: node('/f') } },
    { rename: { to: node('/f') } },
    { grantLease: {} },
    { extend: { inode: new Uint8Array(1) } },
  ];
  const results = await fixture.batch(requests.map((request, index) => ({ sequence: index + 1, ...request })));
  for (const [index, { error }] of results.entries()) {
    const what = Object.keys(requests[index] ?? {})[0];
    assert.match(error?.code ?? 'none', /^INVALID_(ARGUMENT|LAYOUT)$/, `${what} ${index}: ${error?.message}`);
  }
  assert.deepEqual(await fixture.names('/'), []);
  const acknowledged = fixture.call('batch', { context: CONTEXT, acknowledgedBelow: huge });
  await refused(acknowledged, 'INVALID_ARGUMENT', /outside 0/);
});

test('a message with unknown parts and repeated requests means what it says last', async () => {
  const fixture = await NamespaceFixture.create();
  const stat = v1.Operation.encode({ stat: { node: node('/') } }).finish();
  const list = v1.Operation.encode({ list: { node: node('/') } }).finish();
  const unknown = Uint8Array.of(0xfa, 0x3f, 0x01, 0x00);
  const operation = v1.Operation.decode(Buffer.concat([stat, list, unknown]));
  const reply = await fixture.handlers.batch({ context: CONTEXT, operations: [operation] } as never, 'test:1');
  assert.deepEqual(Object.keys((reply as v1.BatchReply).results[0] ?? {}), ['list']);
});

test('long reads share one reply: what does not fit is to be asked for again', async () => {
  const fixture = await NamespaceFixture.create();
  const long = 'n'.repeat(240);
  for (let file = 0; file < 300; file++) await fixture.put(`/${long}${file}`);
  const operations = Array.from({ length: 1_000 }, () => ({ list: { node: node('/'), attributes: true } }));
  const results = await fixture.batch(operations);
  const listed = results.filter(({ list }) => list?.entries?.length === 300).length;
  const full = results.filter(({ error }) => error?.code === 'OVERLOADED').length;
  assert.ok(listed >= 200 && full > 0 && listed + full === 1_000, `${listed} listed, ${full} refused`);
});

test('many creates in one directory at once all happen', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d');
  const operations: v1.Operation.$Properties[] = [];
  for (let file = 0; file < 500; file++) {
    operations.push({ sequence: ++fixture.sequence, putFile: { node: node(`/d/${file % 250}`) } });
  }
  const batches = [operations.slice(0, 100), operations.slice(100, 300), operations.slice(300)];
  const results = (await Promise.all(batches.map((batch) => fixture.batch(batch)))).flat();
  assert.equal(results.filter(({ putFile }) => putFile).length, 250);
  assert.equal(results.filter(({ error }) => error?.code === 'EXISTS').length, 250);
  assert.equal(Number((await fixture.stat('/d')).entries), 250);
  assert.equal((await fixture.names('/d')).length, 250);
  assert.equal((await fixture.totals()).files, 250);
});
