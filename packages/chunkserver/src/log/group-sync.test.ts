import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { GroupSync } from './group-sync.js';
import { UNSYNCED_BYTES_LAZY, UNSYNCED_MS_MAX } from './limits.js';

/** Syncs that end when the test says so. */
function setup() {
  const syncs: { resolve(): void; reject(error: Error): void }[] = [];
  const synced: number[] = [];
  const timers: { delayMs: number; callback: () => void }[] = [];
  const clock: Clock = {
    wallNs: () => 0n,
    monotonicMs: () => 0,
    schedule(delayMs, callback) {
      const timer = { delayMs, callback };
      timers.push(timer);
      return { cancel: () => void timers.splice(timers.indexOf(timer), 1) };
    },
  };
  const group = new GroupSync({
    clock,
    syncedLsn: 0,
    sync: () => new Promise<void>((resolve, reject) => syncs.push({ resolve, reject })),
    onSynced: (lsn) => synced.push(lsn),
    onFailure: (error) => new TesseraError('DISK_FAILED', String(error)),
  });
  return { group, syncs, synced, timers };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await undefined;
}

describe('group sync', () => {
  it('covers with the next sync what is written while one is in flight', async () => {
    const { group, syncs, synced } = setup();
    group.written(1, 100);
    const done: number[] = [];
    for (const lsn of [1, 2, 3]) {
      group.written(lsn, 100);
      void group.durable(lsn).then(() => done.push(lsn));
    }
    assert.equal(syncs.length, 1);
    syncs[0]?.resolve();
    await settle();
    assert.deepEqual([done, synced], [[1], [1]]);
    assert.equal(syncs.length, 2);
    syncs[1]?.resolve();
    await settle();
    assert.deepEqual(
      [done, synced],
      [
        [1, 2, 3],
        [1, 3],
      ],
    );
    assert.equal(syncs.length, 2);
    assert.equal(group.unsyncedBytes, 0);
    await group.durable(2);
  });

  it('syncs in time, or by amount, what nobody waits for', async () => {
    const { group, syncs, timers } = setup();
    group.written(1, 100);
    group.written(2, 100);
    assert.equal(syncs.length, 0);
    assert.deepEqual(
      timers.map(({ delayMs }) => delayMs),
      [UNSYNCED_MS_MAX],
    );
    timers[0]?.callback();
    assert.equal(syncs.length, 1);
    syncs[0]?.resolve();
    await settle();
    assert.equal(group.syncedLsn, 2);
    group.written(3, UNSYNCED_BYTES_LAZY);
    assert.equal(syncs.length, 2);
  });

  it('never syncs again after a failure, and tells everybody', async () => {
    const { group, syncs, timers } = setup();
    group.written(1, 100);
    const first = group.durable(1);
    group.written(2, UNSYNCED_BYTES_LAZY * 2);
    const second = group.durable(2);
    syncs[0]?.reject(new Error('EIO'));
    await assert.rejects(first, { code: 'DISK_FAILED', message: /EIO/ });
    await assert.rejects(second, { code: 'DISK_FAILED' });
    await assert.rejects(group.durable(2), { code: 'DISK_FAILED' });
    await group.flush();
    group.written(3, UNSYNCED_BYTES_LAZY);
    assert.equal(syncs.length, 1);
    assert.equal(timers.length, 0);
    assert.equal(group.syncedLsn, 0);
  });
});
