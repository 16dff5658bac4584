import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hash64, writeUint64 } from '@tessera/protocol';
import { makePut } from '../testing/shards.js';
import { DIRECTORY, SimulatedMachine } from '../testing/simulated-host.js';

const IDENTITY = `${DIRECTORY}/identity`;

async function put(machine: SimulatedMachine, open: Awaited<ReturnType<SimulatedMachine['open']>>, stripe: number) {
  const shard = makePut({ payload: machine.world.random.fill(new Uint8Array(400_000)), stripe: BigInt(stripe) });
  await machine.drive(open.store.put(shard).then((lsn) => open.store.durable(lsn)));
}

/** Everything on the disk, as text. */
function contents(machine: SimulatedMachine): Record<string, string> {
  const { disk } = machine.host;
  return Object.fromEntries(
    disk.paths().map((path) => [path, Buffer.from(disk.content(path) ?? []).toString('base64')]),
  );
}

/** The disk is refused, and nothing on it has changed. */
async function assertRefused(machine: SimulatedMachine, code: string, message: RegExp): Promise<void> {
  const before = contents(machine);
  await assert.rejects(machine.open(), { code, message });
  assert.deepEqual(contents(machine), before);
  // The lock was let go.
  await assert.rejects(machine.open(), { code, message });
}

async function writeFile(
  machine: SimulatedMachine,
  path: string,
  content: Uint8Array,
  mode: 'create' | 'write',
): Promise<void> {
  const file = await machine.drive(machine.process.disk.open(path, mode));
  file.writeSync([content], 0);
  await machine.drive(file.sync());
  await machine.drive(file.close());
  await machine.drive(machine.process.disk.syncDirectory(path.slice(0, path.lastIndexOf('/'))));
}

describe('a directory', () => {
  it('that is empty, or holds what file systems and first starts leave, becomes a fresh disk', async () => {
    const machine = new SimulatedMachine({ seed: 1 });
    await machine.drive(machine.process.disk.makeDirectory(`${DIRECTORY}/lost+found`));
    await writeFile(machine, `${DIRECTORY}/identity.new`, Uint8Array.of(1), 'create');
    const open = await machine.open();
    assert.equal(open.identity.current.clusterId, undefined);
    assert.equal(open.identity.current.receiptKey.length, 32);
  });

  it('keeps its identity, and what happened to it, over power losses', async () => {
    const machine = new SimulatedMachine({ seed: 2 });
    let open = await machine.open();
    const clusterId = new Uint8Array(16).fill(4);
    await machine.drive(open.identity.change({ clusterId, server: 9 }));
    await machine.drive(open.identity.sawEra(12));
    await machine.drive(open.identity.sawEra(11));
    await machine.drive(open.witness.note({ era: 12, lsn: 100, chain: new Uint8Array(32).fill(1) }));
    await machine.drive(open.witness.note({ era: 11, lsn: 900, chain: new Uint8Array(32).fill(2) }));
    await machine.drive(open.witness.note({ era: 12, lsn: 99, chain: new Uint8Array(32).fill(3) }));
    const before = open.identity.current;
    machine.process.crash('power');
    machine.restart();
    open = await machine.open();
    assert.deepEqual(open.identity.current, before);
    assert.equal(open.identity.current.eraSeen, 12);
    assert.deepEqual(open.witness.current, { era: 12, lsn: 100, chain: new Uint8Array(32).fill(1) });
  });

  it('stays the disk it became, wherever the start before was killed', async () => {
    let cuts = 0;
    for (let isOver = false; !isOver; cuts++) {
      for (let seed = 0; seed < 6; seed++) {
        const machine = new SimulatedMachine({ seed: `${cuts} ${seed}` });
        machine.world.faults = ({ sequence }) =>
          sequence === cuts ? { type: 'crash', when: 'after', kind: 'kill' } : undefined;
        const first = machine.process;
        const started = machine.openLater().catch(() => {});
        await machine.world.run({ untilMs: 10_000 });
        isOver = first.alive;
        if (isOver) await started;
        first.crash('kill');
        machine.world.faults = undefined;
        machine.restart();
        const { diskId } = (await machine.open()).identity.current;
        machine.process.crash('power');
        machine.restart();
        assert.deepEqual((await machine.open()).identity.current.diskId, diskId, `killed after call ${cuts}`);
      }
    }
    assert.ok(cuts > 10);
  });

  it('that is in use is refused', async () => {
    const machine = new SimulatedMachine({ seed: 3 });
    await machine.open();
    await assert.rejects(machine.open(), { code: 'LOCKED', message: /another daemon uses the directory/ });
  });

  it('that is somebody else’s is refused and left alone', async () => {
    const machine = new SimulatedMachine({ seed: 4 });
    await machine.drive(machine.process.disk.makeDirectory(DIRECTORY));
    await writeFile(machine, `${DIRECTORY}/thesis.tex`, Uint8Array.of(1, 2, 3), 'create');
    await assertRefused(machine, 'DISK_REFUSED', /not empty and holds no identity.*thesis.tex.*nothing was changed/);
  });

  it('that lost its identity, or its log, is refused', async () => {
    const machine = new SimulatedMachine({ seed: 5 });
    let open = await machine.open();
    await put(machine, open, 1);
    await machine.drive(open.close());
    machine.restart();
    const identity = machine.host.disk.content(IDENTITY) as Uint8Array;
    await machine.drive(machine.process.disk.remove(IDENTITY));
    await assertRefused(machine, 'DISK_REFUSED', /holds no identity of a chunkserver/);
    await writeFile(machine, IDENTITY, identity, 'create');
    open = await machine.open();
    await machine.drive(open.close());
    machine.restart();
    await machine.drive(machine.process.disk.remove(`${DIRECTORY}/log/0000000001.log`));
    await assertRefused(
      machine,
      'DISK_REFUSED',
      /ends with file 0, the disk's identity with 1: one of them was rolled back/,
    );
  });

  it('whose identity is older than its log is refused', async () => {
    const machine = new SimulatedMachine({ seed: 6 });
    const open = await machine.open();
    const old = machine.host.disk.content(IDENTITY) as Uint8Array;
    for (let stripe = 1; stripe < 9; stripe++) await put(machine, open, stripe);
    await machine.drive(open.close());
    machine.restart();
    await writeFile(machine, IDENTITY, old, 'write');
    await assertRefused(machine, 'DISK_REFUSED', /the disk's identity with 0: one of them was rolled back/);
  });

  it('with a log file of another disk, or under another name, is refused', async () => {
    const one = new SimulatedMachine({ seed: 7 });
    const first = await one.open();
    await put(one, first, 1);
    await one.drive(first.close());
    const two = new SimulatedMachine({ seed: 8 });
    const second = await two.open();
    await put(two, second, 1);
    await two.drive(second.close());
    two.restart();
    const log = `${DIRECTORY}/log/0000000001.log`;
    const own = two.host.disk.content(log) as Uint8Array;
    await two.drive(two.process.disk.remove(log));
    await writeFile(two, log, one.host.disk.content(log) as Uint8Array, 'create');
    await assertRefused(two, 'DISK_REFUSED', /0000000001.log belongs to another disk/);
    await two.drive(two.process.disk.remove(log));
    await writeFile(two, log, own, 'create');
    await writeFile(two, `${DIRECTORY}/log/0000000002.log`, own, 'create');
    await assertRefused(two, 'DISK_REFUSED', /0000000002.log is number 1/);
  });

  it('of a newer format is refused', async () => {
    const machine = new SimulatedMachine({ seed: 9 });
    const open = await machine.open();
    await machine.drive(open.close());
    machine.restart();
    const identity = Uint8Array.from(machine.host.disk.content(IDENTITY) as Uint8Array);
    identity[5] = 2;
    writeUint64(identity, 96, hash64(identity.subarray(0, 96)));
    await writeFile(machine, IDENTITY, identity, 'write');
    await assertRefused(machine, 'DISK_REFUSED', /identity has format 2; this program knows format 1/);
  });

  it('with a log file missing in between serves the others and says so', async () => {
    const machine = new SimulatedMachine({ seed: 10 });
    let open = await machine.open();
    for (let stripe = 1; stripe < 9; stripe++) await put(machine, open, stripe);
    await machine.drive(open.close());
    machine.restart();
    await machine.drive(machine.process.disk.remove(`${DIRECTORY}/log/0000000002.log`));
    open = await machine.open();
    assert.match(open.store.report().message, /log files 2 to 2 are missing/);
  });

  it('that cannot be written says so', async () => {
    const machine = new SimulatedMachine({ seed: 11 });
    machine.world.faults = ({ kind }) =>
      kind === 'disk.makeDirectory' ? { type: 'error', code: 'PERMISSION' } : undefined;
    await assert.rejects(machine.open(), { name: 'DiskError', code: 'PERMISSION' });
  });
});
