import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TesseraError, v1 } from '@tessera/protocol';
import { readShard } from '../testing/read-shard.js';
import { makePut } from '../testing/shards.js';
import { SimulatedMachine } from '../testing/simulated-host.js';
import type { OpenStore } from './open-store.js';

const { DISK_STATE_FAILED, DISK_STATE_FULL, DISK_STATE_HEALTHY } = v1.DiskState;
const SHARD_BYTES = 60_000;

function shard(machine: SimulatedMachine, stripe: number) {
  return makePut({ payload: machine.world.random.fill(new Uint8Array(SHARD_BYTES)), stripe: BigInt(stripe) });
}

/** Puts shards until one is refused; returns those that were acknowledged. */
async function fill(machine: SimulatedMachine, open: OpenStore) {
  const puts = [];
  for (let stripe = 1; ; stripe++) {
    const put = shard(machine, stripe);
    try {
      await machine.drive(open.store.put(put).then((lsn) => open.store.durable(lsn)));
    } catch (error) {
      assert.ok(error instanceof TesseraError);
      assert.equal(error.code, 'DISK_FULL');
      assert.match(error.message, /the disk is full: \d+ bytes do not fit, \d+ of \d+ are free/);
      return puts;
    }
    puts.push(put);
  }
}

describe('a full disk', () => {
  for (const limit of ['capacityBytes', 'file system'] as const) {
    it(`by its ${limit} refuses puts, takes deletes, reads and restarts`, async () => {
      const bytes = 8 * 1024 ** 2;
      const machine = new SimulatedMachine({ seed: 5, disk: limit === 'file system' ? { capacityBytes: bytes } : {} });
      const options = { logFileBytes: 1024 ** 2, capacityBytes: limit === 'capacityBytes' ? bytes : undefined };
      let open = await machine.open(options);
      assert.equal(open.store.report().state, DISK_STATE_HEALTHY);
      const puts = await fill(machine, open);
      assert.ok(puts.length * SHARD_BYTES > bytes * 0.8, `${puts.length} shards fitted`);
      assert.equal(open.store.report().state, DISK_STATE_FULL);
      assert.match(open.store.report().message, /^full: /);
      for (let start = 0; start < 2; start++) {
        const gone = puts.splice(0, 20);
        for (const put of gone) assert.equal(await machine.drive(open.store.delete(put, 1)), true);
        for (const put of puts) assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
        await assert.rejects(machine.drive(open.store.put(shard(machine, 999))), { code: 'DISK_FULL' });
        if (start === 0) await machine.drive(open.close());
        else machine.process.crash('power');
        machine.restart();
        open = await machine.open(options);
      }
      for (const put of puts) assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
      assert.equal(open.store.report().shards, puts.length);
      assert.equal(open.store.report().state, DISK_STATE_FULL);
    });
  }

  it('says so when the file system is full though it had measured room, and goes on once there is room', async () => {
    const machine = new SimulatedMachine({ seed: 6 });
    const open = await machine.open({ logFileBytes: 4 * 1024 ** 2 });
    let isFull = true;
    machine.world.faults = ({ kind }) =>
      isFull && kind === 'disk.write' ? { type: 'error', code: 'NO_SPACE' } : undefined;
    const put = shard(machine, 1);
    await assert.rejects(machine.drive(open.store.put(put)), { code: 'DISK_FULL' });
    assert.equal(open.store.report().state, DISK_STATE_FULL);
    isFull = false;
    await machine.drive(open.store.measureSpace());
    await machine.drive(open.store.put(put));
    assert.equal(open.store.report().state, DISK_STATE_HEALTHY);
    assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
  });

  it('half-way through a group refuses what does not fit and takes the rest', async () => {
    const machine = new SimulatedMachine({ seed: 7 });
    const open = await machine.open({ logFileBytes: 4 * 1024 ** 2 });
    await machine.drive(open.store.put(shard(machine, 1)));
    let failures = 2; // The group as a whole, then its first record alone.
    machine.world.faults = ({ kind }) =>
      kind === 'disk.write' && failures-- > 0 ? { type: 'error', code: 'NO_SPACE' } : undefined;
    const group = [2, 3, 4].map((stripe) => shard(machine, stripe));
    const settled = await machine.drive(Promise.allSettled(group.map((put) => open.store.put(put))));
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled'],
    );
    machine.process.crash('kill');
    machine.restart();
    const again = await machine.open();
    for (const put of group.slice(1)) assert.deepEqual(await machine.drive(readShard(again, put)), put.payload);
  });
});

describe('a failed disk', () => {
  for (const kind of ['disk.sync', 'disk.write']) {
    it(`after an error of ${kind} acknowledges nothing more, reads on, and says so`, async () => {
      const machine = new SimulatedMachine({ seed: 8 });
      const open = await machine.open();
      const good = shard(machine, 1);
      await machine.drive(open.store.put(good).then((lsn) => open.store.durable(lsn)));
      let syncs = 0;
      let failures = 1;
      machine.world.faults = (call) => {
        if (call.kind === 'disk.sync') syncs++;
        return call.kind === kind && failures-- > 0 ? { type: 'error', code: 'IO' } : undefined;
      };
      const attempts = [2, 3, 4].map((stripe) =>
        open.store.put(shard(machine, stripe)).then((lsn) => open.store.durable(lsn)),
      );
      const settled = await machine.drive(Promise.allSettled(attempts));
      for (const one of settled) {
        assert.equal(one.status, 'rejected');
        assert.equal((one.reason as TesseraError).code, 'DISK_FAILED');
      }
      await assert.rejects(machine.drive(open.store.put(shard(machine, 5))), { code: 'DISK_FAILED' });
      await assert.rejects(machine.drive(open.store.delete(good, 1)), { code: 'DISK_FAILED' });
      assert.deepEqual(await machine.drive(readShard(open, good)), good.payload);
      const report = open.store.report();
      assert.equal(report.state, DISK_STATE_FAILED);
      assert.match(report.message, /the disk failed/);
      assert.equal(report.freeBytes, 0);
      assert.ok(report.writeErrors >= 4);
      assert.equal(syncs, kind === 'disk.sync' ? 1 : 0, 'no sync is tried again');
      await machine.drive(open.close());
      machine.restart();
      const again = await machine.open();
      assert.deepEqual(await machine.drive(readShard(again, good)), good.payload);
    });
  }

  it('does not vouch, after a restart, for what only the system’s cache still holds', async () => {
    const machine = new SimulatedMachine({ seed: 9 });
    const open = await machine.open();
    await machine.drive(open.store.put(shard(machine, 1)).then((lsn) => open.store.durable(lsn)));
    let failures = 1;
    machine.world.faults = ({ kind }) =>
      kind === 'disk.sync' && failures-- > 0 ? { type: 'error', code: 'IO' } : undefined;
    const put = shard(machine, 2);
    await assert.rejects(machine.drive(open.store.put(put).then((lsn) => open.store.durable(lsn))), {
      code: 'DISK_FAILED',
    });
    machine.process.crash('kill');
    machine.restart();
    const again = await machine.open();
    const usedBytes = again.store.report().usedBytes;
    await machine.drive(again.store.put(put).then((lsn) => again.store.durable(lsn)));
    assert.ok(again.store.report().usedBytes > usedBytes + SHARD_BYTES, 'the shard was written anew');
    assert.equal(again.store.report().shards, 2);
    machine.process.crash('power');
    machine.restart();
    assert.deepEqual(await machine.drive(readShard(await machine.open(), put)), put.payload);
  });

  it('seals a file only after what it holds is durable', async () => {
    for (let seed = 1; seed <= 12; seed++) await crashWithinSeal(`seal ${seed}`);
  });

  for (const [what, warmBytesMax, call] of [
    ['cold', 0, 'disk.read'],
    ['warm', undefined, 'disk.readSync'],
  ] as const) {
    it(`counts a failed ${what} read and answers the others`, async () => {
      const machine = new SimulatedMachine({ seed: 10 });
      const open = await machine.open({ warmBytesMax });
      const put = shard(machine, 1);
      await machine.drive(open.store.put(put));
      let failures = 1;
      machine.world.faults = ({ kind }) =>
        kind === call && failures-- > 0 ? { type: 'error', code: 'IO' } : undefined;
      await assert.rejects(machine.drive(readShard(open, put)), { code: 'DISK_FAILED' });
      assert.equal(open.store.report().readErrors, 1);
      assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
    });
  }
});

/** A seal may read well from the system's cache and not be durable; what it covers is. */
async function crashWithinSeal(seed: string): Promise<void> {
  const machine = new SimulatedMachine({ seed });
  const open = await machine.open();
  const put = shard(machine, 1);
  await machine.drive(open.store.put(put));
  machine.world.faults = ({ kind, subject }) =>
    kind === 'disk.truncate' && subject.includes('/log/') ? { type: 'crash', when: 'after', kind: 'kill' } : undefined;
  void open.close();
  await machine.until(() => !machine.process.alive);
  machine.world.faults = undefined;
  machine.restart();
  machine.warnings.length = 0;
  const again = await machine.open();
  assert.ok(!machine.warnings.some((line) => line.includes('was not sealed')), 'the seal is in the cache');
  assert.equal(again.store.report().shards, 1);
  const { usedBytes } = again.store.report();
  await machine.drive(again.store.put(put).then((lsn) => again.store.durable(lsn)));
  assert.equal(again.store.report().usedBytes, usedBytes, 'the record found vouches for the shard');
  machine.process.crash('power');
  machine.restart();
  assert.deepEqual(await machine.drive(readShard(await machine.open(), put)), put.payload);
}
