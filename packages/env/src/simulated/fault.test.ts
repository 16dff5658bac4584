import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, readWholeFile, replaceFile } from '../disk.js';
import type { EnvCall, Fault } from './fault.js';
import { SimulatedWorld, type WorldOptions } from './world.js';

const OLD = new Uint8Array(3_000).fill(1);
const NEW = new Uint8Array(5_000).fill(2);

/** A world whose host holds OLD durably under /data/id. */
async function prepared(options: WorldOptions) {
  const world = new SimulatedWorld(options);
  const host = world.host('one');
  host.disk.prepareDirectory('/data');
  await world.drive(replaceFile(host.start('setup').disk, '/data', 'id', OLD));
  return { world, host };
}

test('crashed at any call, before or after it, a replaced file is the old one or the new one', async () => {
  const outcomes = new Set<string>();
  for (const kind of ['power', 'kill'] as const) {
    for (const when of ['before', 'after'] as const) {
      for (let at = 0; ; at++) {
        const { world, host } = await prepared({ seed: `${kind} ${when} ${at}` });
        const first = world.calls;
        let struck = false;
        world.faults = (call) => {
          if (call.sequence !== first + at) return undefined;
          struck = true;
          return { type: 'crash', when, kind };
        };
        let finished = false;
        replaceFile(host.start('test').disk, '/data', 'id', NEW).then(() => {
          finished = true;
        });
        await world.run();
        const left = host.disk.content('/data/id');
        assert.ok(left && (Buffer.from(left).equals(OLD) || Buffer.from(left).equals(NEW)), `torn at call ${at}`);
        if (!struck) {
          assert.ok(finished && left.length === NEW.length && at >= 6, `only ${at} calls`);
          break;
        }
        assert.equal(finished, false);
        outcomes.add(`${when} ${left.length === NEW.length ? 'new' : 'old'}`);
        const again = host.start('test').disk;
        world.faults = undefined;
        await world.drive(replaceFile(again, '/data', 'id', NEW));
      }
    }
  }
  assert.deepEqual([...outcomes].sort(), ['after new', 'after old', 'before new', 'before old']);
});

test('an injected error fails the call without its effect', async () => {
  const { world, host } = await prepared({ seed: 1 });
  const { disk } = host.start('test');
  const failing = (kind: string, code: string) => {
    world.faults = (call: EnvCall): Fault | undefined => (call.kind === kind ? { type: 'error', code } : undefined);
  };
  const isError = (code: string) => (error: unknown) => error instanceof DiskError && error.code === code;
  failing('disk.open', 'PERMISSION');
  await assert.rejects(world.drive(disk.open('/data/x', 'create')), isError('PERMISSION'));
  assert.deepEqual(host.disk.paths(), ['/data/id']);
  world.faults = undefined;
  const file = await world.drive(disk.open('/data/id', 'write'));
  failing('disk.write', 'NO_SPACE');
  assert.throws(() => file.writeSync([NEW], 0), isError('NO_SPACE'));
  assert.ok(Buffer.from(OLD).equals(host.disk.content('/data/id') as Uint8Array));
  failing('disk.read', 'IO');
  await assert.rejects(world.drive(file.read(new Uint8Array(1), 0)), isError('IO'));
});

test('after a failed sync a later one lies about what the first was to cover', async () => {
  let lost = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { world, host } = await prepared({ seed });
    const file = await world.drive(host.start('test').disk.open('/data/id', 'write'));
    file.writeSync([NEW], 0);
    world.faults = (call) => (call.kind === 'disk.sync' ? { type: 'error', code: 'IO' } : undefined);
    await assert.rejects(world.drive(file.sync()), DiskError);
    world.faults = undefined;
    file.writeSync([new Uint8Array(512).fill(3)], 8_192);
    await world.drive(file.sync());
    host.crash();
    const left = host.disk.content('/data/id') as Uint8Array;
    if (!Buffer.from(left.subarray(0, NEW.length)).equals(NEW)) lost++;
    assert.ok(left.subarray(8_192, 8_704).every((byte) => byte === 3));
    assert.equal(left.length, 8_704);
  }
  assert.ok(lost > 5, `${lost} of 20`);
});

test('a delayed call is that much later', async () => {
  const { world, host } = await prepared({ seed: 1 });
  world.faults = (call) => (call.kind === 'disk.stat' ? { type: 'delay', delayMs: 5_000 } : undefined);
  const before = world.nowMs;
  await world.drive(host.start('test').disk.stat('/data'));
  assert.ok(world.nowMs - before >= 5_000 && world.nowMs - before < 5_001);
});

test('a misdirected write lands elsewhere and reports success', async () => {
  const { world, host } = await prepared({ seed: 1 });
  const { disk } = host.start('test');
  const file = await world.drive(disk.open('/data/id', 'write'));
  world.faults = (call) => (call.kind === 'disk.write' ? { type: 'misdirect', byBytes: 512 } : undefined);
  file.writeSync([new Uint8Array([9])], 0);
  const content = await world.drive(readWholeFile(disk, '/data/id', 10_000));
  assert.deepEqual([content[0], content[512]], [1, 9]);
});

test('a misdirected write may hit another file of the disk, and without that file its own', async () => {
  const { world, host } = await prepared({ seed: 1 });
  const { disk } = host.start('test');
  const file = await world.drive(disk.open('/data/other', 'create'));
  for (const path of ['/data/id', '/data/none']) {
    world.faults = (call) => (call.kind === 'disk.write' ? { type: 'misdirect', byBytes: 10, path } : undefined);
    file.writeSync([Uint8Array.of(9)], 100);
  }
  assert.equal(host.disk.content('/data/id')?.[110], 9);
  assert.deepEqual([file.bytes, host.disk.content('/data/other')?.[110]], [111, 9]);
});
