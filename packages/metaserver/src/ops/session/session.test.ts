import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, type Id, PROTOCOL_VERSION, SESSION_RESULTS_MAX, TesseraError, type v1 } from '@tessera/protocol';
import { reapAll } from '../../background/reaper.js';
import { sweepSessions } from '../../background/session-sweeper.js';
import { Table } from '../../records/keys.js';
import type { MetadataStore, Transaction } from '../../store/transaction.js';
import { layoutOf } from '../../testing/cluster-fixture.js';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

function rows(fixture: NamespaceFixture, table: number): number {
  const prefix = table.toString(16).padStart(2, '0');
  return [...fixture.cluster.store.entries.keys()].filter((key) => key.startsWith(prefix)).length;
}

const put = (fixture: NamespaceFixture, path: string, sequence: number) =>
  fixture.op('putFile', { node: node(path) }, sequence);

test('a repeated mutation gets the stored answer, also from a process that starts anew', async () => {
  const fixture = await NamespaceFixture.create();
  const first = await put(fixture, '/f', 1);
  assert.deepEqual(await put(fixture, '/f', 1), first);
  const restarted = fixture.restarted();
  assert.deepEqual(await put(restarted, '/f', 1), first);
  await refused(put(restarted, '/f', 2), 'EXISTS', /exists/);
  // What the answer says is of its moment: the file may be long gone.
  await fixture.op('remove', { node: node('/f') }, 3);
  assert.deepEqual(await put(fixture, '/f', 1), first);
  assert.deepEqual(await fixture.names('/'), []);
});

test('sequences may come in any order, before and after a restart', async () => {
  const fixture = await NamespaceFixture.create();
  for (const sequence of [5, 3, 4, 9, 1]) await put(fixture, `/f${sequence}`, sequence);
  const restarted = fixture.restarted();
  for (const sequence of [2, 8, 7, 6, 12]) await put(restarted, `/f${sequence}`, sequence);
  for (const sequence of [1, 2, 3, 9, 12]) await put(restarted, `/f${sequence}`, sequence);
  assert.equal((await fixture.names('/')).length, 10);
});

test('a sequence that is in use is not run twice', async () => {
  const fixture = await NamespaceFixture.create();
  const operation = { sequence: 1, mkdir: { node: node('/d') } };
  const results = await fixture.batch([operation, operation, operation]);
  for (const { mkdir } of results) assert.equal(mkdir?.created, true);
  assert.deepEqual(results[1], results[0]);
});

test('a repeated mutation that overtakes the first one waits for it', async () => {
  const fixture = await NamespaceFixture.create();
  const gate = new DelayingStore(fixture.store);
  const served = fixture.restarted({ store: gate as unknown as MetadataStore });
  await served.context.sessions.load(fixture.session);
  gate.delayNext();
  const first = put(served, '/f', 1);
  const second = put(served, '/f', 1);
  gate.release();
  assert.deepEqual(await second, await first);
});

test('a sequence serves one operation only', async () => {
  const fixture = await NamespaceFixture.create();
  await put(fixture, '/f', 1);
  const other = (at: NamespaceFixture) => at.op('remove', { node: node('/f') }, 1);
  await refused(other(fixture), 'SEQUENCE_REFUSED', /sequence 1 was used/);
  await refused(other(fixture.restarted()), 'SEQUENCE_REFUSED', /sequence 1 was used/);
  const [, second] = await fixture.batch([
    { sequence: 2, mkdir: { node: node('/d') } },
    { sequence: 2, remove: { node: node('/f') } },
  ]);
  assert.equal(second?.error?.code, 'SEQUENCE_REFUSED');
  assert.deepEqual(await fixture.names('/'), ['d', 'f']);
});

test('a failure stores nothing, yet a late duplicate does not do afterwards what was refused', async () => {
  const fixture = await NamespaceFixture.create();
  await put(fixture, '/f', 1);
  const before = rows(fixture, Table.RESULT);
  await refused(put(fixture, '/f', 2), 'EXISTS', /exists/);
  assert.equal(rows(fixture, Table.RESULT), before);
  await fixture.op('remove', { node: node('/f') }, 3);
  await refused(put(fixture, '/f', 2), 'EXISTS', /exists/);
  assert.deepEqual(await fixture.names('/'), []);
});

test('a mutation that found the store busy runs when it is asked for again', async () => {
  const fixture = await NamespaceFixture.create();
  let busy = true;
  const store = new Proxy(fixture.store, {
    get(target, name) {
      if (name === 'transact' && busy) return async () => Promise.reject(new TesseraError('OVERLOADED', 'busy'));
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const served = fixture.restarted({ store });
  await refused(put(served, '/f', 1), 'OVERLOADED', /busy/);
  busy = false;
  await put(served, '/f', 1);
});

test('acknowledged results are dropped in steps, and their sequences are refused', async () => {
  const fixture = await NamespaceFixture.create();
  const operations: v1.Operation.$Properties[] = [];
  for (let sequence = 1; sequence <= 900; sequence++) {
    operations.push({ sequence, mkdir: { node: node(`/d${sequence}`) } });
  }
  await fixture.batch(operations);
  assert.equal(rows(fixture, Table.RESULT), 900);
  fixture.acknowledgedBelow = 801;
  await fixture.stat('/');
  await settled();
  assert.equal(rows(fixture, Table.RESULT), 100);
  await refused(put(fixture, '/x', 800), 'SEQUENCE_REFUSED', /sequence 800 is below 801/);
  const restarted = fixture.restarted();
  restarted.acknowledgedBelow = 0;
  await refused(put(restarted, '/x', 800), 'SEQUENCE_REFUSED', /sequence 800 is below 801/);
  assert.equal((await restarted.op('mkdir', { node: node('/d801') }, 801)).created, true);
  assert.equal((await restarted.names('/')).length, 900);
  // What an earlier process stored is dropped too, and then what this one stores.
  await restarted.op('mkdir', { node: node('/d1000') }, 1000);
  restarted.acknowledgedBelow = 1400;
  await restarted.stat('/');
  await settled();
  assert.equal(rows(fixture, Table.RESULT), 0);
  for (let sequence = 1400; sequence < 2000; sequence++) {
    await restarted.op('mkdir', { node: node(`/e${sequence}`) }, sequence);
  }
  restarted.acknowledgedBelow = 1990;
  await restarted.stat('/');
  await settled();
  assert.equal(rows(fixture, Table.RESULT), 10);
});

test('few acknowledged results stay in the store, but their sequences are refused at once', async () => {
  const fixture = await NamespaceFixture.create();
  for (let sequence = 1; sequence <= 5; sequence++) await put(fixture, `/f${sequence}`, sequence);
  fixture.acknowledgedBelow = 4;
  await refused(put(fixture, '/f3', 3), 'SEQUENCE_REFUSED', /below 4/);
  assert.equal(rows(fixture, Table.RESULT), 5);
  // Also those that were never used: a late duplicate of what failed must not be done.
  fixture.acknowledgedBelow = 9;
  await refused(put(fixture, '/f8', 8), 'SEQUENCE_REFUSED', /below 9/);
  await put(fixture, '/f9', 9);
});

test('sequences are numbers from 1 on, within reach of what is acknowledged', async () => {
  const fixture = await NamespaceFixture.create();
  await refused(put(fixture, '/f', 0), 'INVALID_ARGUMENT', /sequence of its own/);
  await refused(put(fixture, '/f', SESSION_RESULTS_MAX), 'SEQUENCE_REFUSED', /raise acknowledged_below/);
  await put(fixture, '/f', SESSION_RESULTS_MAX - 1);
  const huge = { low: -1, high: -1, unsigned: true } as unknown as number;
  await refused(put(fixture, '/f', huge), 'INVALID_ARGUMENT', /outside 0/);
});

test('opening a session again with its nonce finds it', async () => {
  const fixture = await NamespaceFixture.create();
  const first = await fixture.openSession(9);
  assert.equal(await fixture.openSession(9), first);
  assert.notEqual(await fixture.openSession(8), first);
  const open = (request: object) =>
    fixture.call('openSession', { context: { protocolVersion: PROTOCOL_VERSION }, ...request });
  await refused(open({ nonce: new Uint8Array(15) }), 'INVALID_ARGUMENT', /15 bytes; give 16/);
  await refused(open({}), 'INVALID_ARGUMENT', /0 bytes; give 16/);
  const named = open({ nonce: new Uint8Array(16), clientName: 'n'.repeat(129) });
  await refused(named, 'INVALID_ARGUMENT', /129 characters/);
});

test('a closed session takes no mutation and leaves nothing behind', async () => {
  const fixture = await NamespaceFixture.create();
  const clean = [...fixture.cluster.store.entries.keys()].filter((key) => !/^(79|6e|6d)/.test(key));
  const { inode } = await fixture.op('stage', { directory: node('/') });
  const layout = layoutOf('copies-2');
  await fixture.op('setLayout', { node: node('/'), layout: { redundancy: layout.redundancy } });
  const { inode: second } = await fixture.op('stage', { directory: node('/') });
  const { extents, stripes } = await fixture.written(layout, 20);
  await fixture.op('extend', { inode: second ?? null, extents, stripes });
  assert.equal(rows(fixture, Table.STAGED), 2);

  const session = fixture.session;
  const close = { context: { protocolVersion: PROTOCOL_VERSION, session: encodeId(session) } };
  await fixture.call('closeSession', close);
  await fixture.call('closeSession', close);
  await refused(fixture.put('/f'), 'SESSION_EXPIRED', /is not open/);
  const publish = fixture.op('publish', { inode: inode ?? null, node: node('/f') });
  await refused(publish, 'SESSION_EXPIRED', /is not open/);
  assert.deepEqual(await fixture.names('/'), [], 'reads need no session');
  for (const table of [Table.SESSION, Table.SESSION_NONCE, Table.RESULT, Table.STAGED]) {
    assert.equal(rows(fixture, table), 0);
  }
  assert.equal((await fixture.totals()).reaperPending, 2);
  await reapAll(fixture.store);
  assert.equal((await fixture.totals()).reaperPending, 0);
  assert.equal((await fixture.totals()).liveBytes, 0);
  assert.equal(rows(fixture, Table.INODE), 1);
  assert.ok(clean.every((key) => fixture.cluster.store.entries.has(key)));
  assert.notEqual(await fixture.openSession(1), session);
});

test('a mutation that waits while its session ends is refused', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.put('/f');
  // The body runs only when the session has ended, as one may whose keys had to be fetched.
  const gate = new DelayingStore(fixture.store);
  const served = fixture.restarted({ store: gate as unknown as MetadataStore });
  await served.stat('/f');
  await served.context.sessions.load(fixture.session);
  gate.delayNext();
  const late = served.op('stage', { directory: node('/') });
  await fixture.call('closeSession', {
    context: { protocolVersion: PROTOCOL_VERSION, session: encodeId(fixture.session) },
  });
  gate.release();
  await refused(late, 'SESSION_EXPIRED', /is not open/);
  assert.equal(rows(fixture, Table.STAGED), 0);
});

test('a session that is silent for too long ends, one that is heard of does not', async () => {
  const fixture = await NamespaceFixture.create({ config: { sessionIdleMs: 10_000 } });
  const talkative = fixture.session;
  const silent = await fixture.openSession(2);
  await fixture.put('/f');
  fixture.session = silent;
  await fixture.put('/g');
  fixture.cluster.pass(9_000);
  fixture.session = talkative;
  await fixture.stat('/');
  fixture.cluster.pass(2_000);
  await sweepSessions(fixture.context);
  await fixture.put('/h');
  await expired(fixture, silent);

  // A process that starts anew knows nothing of what was heard: all get the whole time again.
  const restarted = fixture.restarted({ config: { sessionIdleMs: 10_000 } });
  fixture.cluster.pass(9_000);
  await sweepSessions(restarted.context);
  await restarted.put('/i');
  fixture.cluster.pass(11_000);
  await sweepSessions(restarted.context);
  await expired(restarted, talkative);
});

test('a session counts as heard of when it is opened, and when it only reads', async () => {
  const fixture = await NamespaceFixture.create({ config: { sessionIdleMs: 10_000 } });
  fixture.cluster.pass(60_000);
  fixture.session = await fixture.openSession(2);
  await sweepSessions(fixture.context);
  await fixture.put('/f');

  const reader = fixture.restarted({ config: { sessionIdleMs: 10_000 } });
  for (let times = 0; times < 5; times++) {
    fixture.cluster.pass(6_000);
    await reader.stat('/f');
    await sweepSessions(reader.context);
  }
  await reader.put('/g');
});

test('a sweep finishes what ending a session had to leave', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.op('stage', { directory: node('/') });
  let calls = 0;
  const store = new Proxy(fixture.store, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'transact') return value.bind(target);
      return async (body: (tx: Transaction) => unknown) => {
        if (++calls > 1) throw new TesseraError('UNAVAILABLE', 'the store has failed');
        return target.transact(body);
      };
    },
  });
  const served = fixture.restarted({ store });
  const close = { context: { protocolVersion: PROTOCOL_VERSION, session: encodeId(fixture.session) } };
  await refused(served.call('closeSession', close), 'UNAVAILABLE', /failed/);
  assert.equal(rows(fixture, Table.STAGED), 1);
  await refused(fixture.restarted().put('/f'), 'SESSION_EXPIRED', /is not open/);
  // Nor does a process that had the session in memory take any.
  await refused(fixture.put('/f'), 'SESSION_EXPIRED', /is not open/);
  await refused(fixture.openSession(1), 'SESSION_EXPIRED', /another nonce/);
  await sweepSessions(fixture.restarted().context);
  assert.equal(rows(fixture, Table.STAGED) + rows(fixture, Table.SESSION) + rows(fixture, Table.RESULT), 0);
});

async function expired(fixture: NamespaceFixture, session: Id): Promise<void> {
  const current = fixture.session;
  fixture.session = session;
  await refused(fixture.put('/late'), 'SESSION_EXPIRED', /is not open/);
  fixture.session = current;
}

/** Lets everything that is only a matter of turns happen. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

/** Holds one transaction back. */
class DelayingStore {
  readonly #store: MetadataStore;
  #held: Promise<void> | undefined;
  release: () => void = () => {};

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  delayNext(): void {
    this.#held = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  async transact<T>(body: (tx: Transaction) => T): Promise<T> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) await held;
    return this.#store.transact(body);
  }

  read: MetadataStore['read'] = (body) => this.#store.read(body);
  scan: MetadataStore['scan'] = (range, limit) => this.#store.scan(range, limit);
}
