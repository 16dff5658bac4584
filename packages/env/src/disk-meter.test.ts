import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type Disk, DiskError } from './disk.js';
import { DiskMeter } from './disk-meter.js';
import { OutcomeCounter } from './outcome-counter.js';
import { createRealEnv } from './real/env.js';

test('a measured disk does the same, and is counted by use', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'tessera-meter-'));
  const { disk, clock, close } = createRealEnv();
  try {
    const meter = new DiskMeter(clock, (name) => (name.endsWith('.log') ? 'log' : 'other'));
    const measured = meter.around(disk);
    const file = await measured.open(`${directory}/a.log`, 'create');
    file.writeSync([new Uint8Array(10), new Uint8Array(5)], 0);
    await file.sync();
    assert.equal(file.bytes, 15);
    assert.equal(await file.read(new Uint8Array(20), 5), 10);
    assert.equal(file.readSync(new Uint8Array(4), 0), 4);
    await file.close();
    assert.deepEqual(await measured.list(directory), ['a.log']);
    const use = meter.uses.get('log');
    assert.deepEqual([use?.writtenBytes, use?.readBytes, use?.errors], [15, 14, 0]);
    assert.equal(
      use?.syncs.counts.reduce((sum, count) => sum + count),
      1,
    );
    assert.equal(meter.uses.size, 1);
  } finally {
    close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('what the disk refuses is counted and thrown on', async () => {
  const failure = new DiskError('IO', '/a', 'the device is gone');
  const refuse = () => {
    throw failure;
  };
  const file = { path: '/a', bytes: 0, writeSync: refuse, read: refuse, readSync: refuse, sync: refuse };
  const disk = { open: async () => file } as unknown as Disk;
  const meter = new DiskMeter(createRealEnv().clock, () => 'all');
  const measured = await meter.around(disk).open('/a', 'write');
  assert.throws(() => measured.writeSync([new Uint8Array(1)], 0), failure);
  assert.throws(() => measured.readSync(new Uint8Array(1), 0), failure);
  await assert.rejects(measured.read(new Uint8Array(1), 0), failure);
  await assert.rejects(measured.sync(), failure);
  const use = meter.uses.get('all');
  assert.deepEqual([use?.errors, use?.writtenBytes, use?.readBytes, use?.syncs.sumMs], [4, 0, 0, 0]);
});

test('outcomes are counted by kind', () => {
  const counter = new OutcomeCounter();
  counter.count('stat', undefined);
  counter.count('stat', 'NOT_FOUND');
  counter.count('stat', 'NOT_FOUND');
  counter.count('list', 'OVERLOADED');
  assert.deepEqual(
    [...counter],
    [
      { kind: 'stat', outcome: 'ok', count: 1 },
      { kind: 'stat', outcome: 'NOT_FOUND', count: 2 },
      { kind: 'list', outcome: 'ok', count: 0 },
      { kind: 'list', outcome: 'OVERLOADED', count: 1 },
    ],
  );
});
