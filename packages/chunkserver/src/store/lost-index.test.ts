import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeKey, TOTALS_KEY } from '../index/row.js';
import type { PutRequest } from '../log/append-request.js';
import { INDEX, outcome, outcomes, prepare } from '../testing/damaged-disk.js';
import { makePut } from '../testing/shards.js';

describe('a lost index', () => {
  it('is rebuilt from the footers alone', async () => {
    const { machine, puts } = await prepare('clean');
    for (const { key } of machine.kv.entries(INDEX)) machine.kv.drop(INDEX, key);
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
    assert.equal(open.store.report().shards, 3);
  });

  it('is noticed key by key, also in the background after a clean stop', async () => {
    const { machine, puts } = await prepare('clean');
    machine.kv.drop(INDEX, encodeKey(puts[1] as PutRequest));
    const open = await machine.open({ compareInlineEntriesMax: 0 });
    assert.equal(await outcome(machine, open, puts[1] as PutRequest), 'NOT_FOUND');
    await machine.drive(open.compared);
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
    await machine.drive(open.close());
    machine.restart();
    assert.equal((await machine.open({ compareInlineEntriesMax: 0 })).store.report().shards, 3);
  });

  it('whose totals are damaged is compared before the disk serves', async () => {
    const { machine, puts } = await prepare('clean');
    machine.kv.corrupt(INDEX, TOTALS_KEY, 12);
    machine.kv.drop(INDEX, encodeKey(puts[1] as PutRequest));
    const open = await machine.open({ compareInlineEntriesMax: 0 });
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
  });

  it('that does not open is destroyed and rebuilt', async () => {
    const { machine, puts } = await prepare('clean');
    let refusals = 1;
    machine.world.faults = ({ kind, subject }) =>
      kind === 'kv.open' && subject === INDEX && refusals-- > 0 ? { type: 'error', code: 'CORRUPT' } : undefined;
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
  });

  it('that turns out unreadable while it is compared is rebuilt', async () => {
    const { machine, puts } = await prepare('kill');
    let refusals = 1;
    machine.world.faults = ({ kind }) =>
      kind === 'kv.getMany' && refusals-- > 0 ? { type: 'error', code: 'CORRUPT' } : undefined;
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
    assert.equal(open.store.report().state, 1);
  });

  it('that fails while the disk serves ends writes, and the next start rebuilds it', async () => {
    const { machine, puts } = await prepare('clean');
    let open = await machine.open();
    let refusals = 1;
    machine.world.faults = ({ kind }) =>
      kind === 'kv.apply' && refusals-- > 0 ? { type: 'error', code: 'IO' } : undefined;
    const fourth = makePut({ payload: Uint8Array.of(1, 2, 3), stripe: 4n });
    await machine.drive(open.store.put(fourth).then((lsn) => open.store.durable(lsn)));
    await machine.world.run({ untilMs: machine.world.nowMs + 1000 });
    const fifth = makePut({ payload: Uint8Array.of(5), stripe: 5n });
    await assert.rejects(machine.drive(open.store.put(fifth)), { code: 'DISK_FAILED', message: /index failed/ });
    assert.deepEqual(await outcomes(machine, open, [...puts, fourth]), ['good', 'good', 'good', 'good']);
    await machine.drive(open.close());
    machine.restart();
    open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, [...puts, fourth]), ['good', 'good', 'good', 'good']);
    await machine.drive(open.store.put(fifth));
  });
});
