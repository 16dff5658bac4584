import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError } from '../../disk.js';
import { randomBelow } from '../../random.js';
import { SimulatedRandom } from '../random.js';
import { SimulatedWorld } from '../world.js';
import { EMPTY_DISK_IMAGE } from './disk.js';
import { SECTOR_BYTES } from './file-node.js';
import { PAGE_BYTES } from './pages.js';

/** A host with a durable directory /d. */
function host(seed: number | string, capacityBytes?: number) {
  const world = new SimulatedWorld({ seed, disk: capacityBytes === undefined ? {} : { capacityBytes } });
  const one = world.host('one');
  one.disk.prepareDirectory('/d');
  return { world, one, disk: one.start('test').disk };
}

/** Makes /d/a durable with this content and returns a handle. */
async function durableFile(seed: number | string, content: Uint8Array) {
  const { world, one, disk } = host(seed);
  const file = await world.drive(disk.open('/d/a', 'create'));
  file.writeSync([content], 0);
  await world.drive(Promise.all([file.sync(), disk.syncDirectory('/d')]));
  return { world, one, disk, file };
}

test('what was synced survives, what was not may be lost whole, in part or with holes, or survive', async () => {
  const seen = { whole: 0, nothing: 0, torn: 0, holes: 0 };
  for (let seed = 0; seed < 60; seed++) {
    const synced = new Uint8Array(4 * SECTOR_BYTES).fill(1);
    const { one, file } = await durableFile(seed, synced);
    for (let index = 0; index < 4; index++) {
      file.writeSync([new Uint8Array(4 * SECTOR_BYTES).fill(2)], (4 + 4 * index) * SECTOR_BYTES);
    }
    one.crash();
    const left = one.disk.content('/d/a') as Uint8Array;
    assert.ok(Buffer.from(left.subarray(0, synced.length)).equals(synced));
    const sectors: number[] = [];
    for (let at = synced.length; at < left.length; at += SECTOR_BYTES) {
      const sector = left.subarray(at, at + SECTOR_BYTES);
      assert.ok(sector.every((byte) => byte === sector[0]) && (sector[0] === 0 || sector[0] === 2));
      sectors.push(sector[0] as number);
    }
    if (sectors.length === 0) seen.nothing++;
    else if (sectors.length === 16 && !sectors.includes(0)) seen.whole++;
    else if (sectors.lastIndexOf(2) > sectors.indexOf(0) && sectors.includes(0)) seen.holes++;
    else seen.torn++;
  }
  assert.ok(
    Object.values(seen).every((count) => count > 0),
    JSON.stringify(seen),
  );
});

test('random writes, truncations and syncs: after a power loss each sector and the length are from since the sync', async () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = new SimulatedRandom(`power loss ${seed}`);
    const { world, one, file } = await durableFile(seed, random.fill(new Uint8Array(randomBelow(random, 30_000))));
    let versions: Uint8Array[] = [one.disk.content('/d/a') as Uint8Array];
    for (let step = randomBelow(random, 12); step >= 0; step--) {
      const choice = randomBelow(random, 10);
      const at = randomBelow(random, 40_000);
      if (choice < 7) file.writeSync([random.fill(new Uint8Array(randomBelow(random, 5_000)))], at);
      else if (choice < 9) await world.drive(file.truncate(at));
      else await world.drive(file.sync());
      const now = one.disk.content('/d/a') as Uint8Array;
      versions = choice === 9 ? [now] : [...versions, now];
    }
    one.crash();
    const left = one.disk.content('/d/a') as Uint8Array;
    assert.ok(
      versions.some((version) => version.length === left.length),
      `seed ${seed}: length ${left.length}`,
    );
    for (let at = 0; at < left.length; at += SECTOR_BYTES) {
      const end = Math.min(left.length, at + SECTOR_BYTES);
      const sector = left.subarray(at, end);
      const known = versions.some((version) => {
        const padded = new Uint8Array(end - at);
        padded.set(version.subarray(at, end));
        return Buffer.from(sector).equals(padded);
      });
      assert.ok(known, `seed ${seed}: sector at ${at} was never there`);
    }
  }
});

test('a kill loses nothing that was written', async () => {
  const { world, one, disk } = host(1);
  const file = await world.drive(disk.open('/d/a', 'create'));
  file.writeSync([new Uint8Array(100).fill(1)], 0);
  (await Promise.resolve(world.host('one'))).start('other').crash('kill');
  assert.deepEqual(one.disk.content('/d/a'), new Uint8Array(100).fill(1));
});

test('names that no directory sync covered may be lost, whole renames at a time', async () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 80; seed++) {
    const { world, one, disk } = await durableFile(seed, new Uint8Array([1]));
    await world.drive(
      (async () => {
        const file = await disk.open('/d/b', 'create');
        file.writeSync([new Uint8Array([2])], 0);
        await file.sync();
        await disk.rename('/d/b', '/d/a');
        await disk.makeDirectory('/d/e');
        await (await disk.open('/d/e/f', 'create')).close();
      })(),
    );
    one.crash();
    const content = (path: string) => one.disk.content(path)?.[0] ?? '-';
    assert.notEqual(content('/d/a'), '-', 'the replaced name must lead to one of the two files');
    assert.ok(content('/d/a') === 1 || content('/d/b') === '-', 'a rename happens as a whole');
    seen.add(`a=${content('/d/a')} b=${content('/d/b')} f=${one.disk.paths().includes('/d/e/f')}`);
  }
  for (const outcome of ['a=1 b=- f=false', 'a=1 b=2 f=false', 'a=2 b=- f=false', 'a=2 b=- f=true']) {
    assert.ok(seen.has(outcome), `${outcome} never came up: ${[...seen]}`);
  }
});

test('a synced directory keeps its names, and what they build on', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const { world, one, disk } = host(seed);
    await world.drive(
      (async () => {
        await disk.makeDirectory('/d/sub');
        for (const name of ['x', 'y']) {
          const file = await disk.open(`/d/${name}`, 'create');
          file.writeSync([new Uint8Array([name.charCodeAt(0)])], 0);
          await file.sync();
        }
        await disk.rename('/d/x', '/d/sub/z');
        await disk.remove('/d/y');
        await disk.syncDirectory('/d/sub');
        await disk.syncDirectory('/d');
      })(),
    );
    one.crash();
    assert.deepEqual(one.disk.paths(), ['/d/sub/z']);
    assert.equal(one.disk.content('/d/sub/z')?.[0], 'x'.charCodeAt(0));
  }
});

test('a full disk says so, keeps what it has, and takes more once something is removed', async () => {
  const { world, one, disk } = host(1, 10 * PAGE_BYTES);
  const file = await world.drive(disk.open('/d/a', 'create'));
  file.writeSync([new Uint8Array(9 * PAGE_BYTES)], 0);
  assert.equal((await world.drive(disk.space('/d'))).availableBytes, PAGE_BYTES);
  const isFull = (error: unknown) => error instanceof DiskError && error.code === 'NO_SPACE';
  assert.throws(() => file.writeSync([new Uint8Array(2 * PAGE_BYTES)], 9 * PAGE_BYTES), isFull);
  file.writeSync([new Uint8Array(PAGE_BYTES)], 0);
  await world.drive(file.truncate(100 * PAGE_BYTES));
  assert.equal((await world.drive(disk.space('/d'))).availableBytes, 0);
  await world.drive(file.truncate(4 * PAGE_BYTES));
  assert.equal(one.disk.usedBytes, 4 * PAGE_BYTES);
  await world.drive(disk.remove('/d/a'));
  assert.equal(one.disk.usedBytes, 4 * PAGE_BYTES, 'an open handle keeps its space');
  await world.drive(file.close());
  assert.equal(one.disk.usedBytes, 0);
});

test('a crash gives back the space of files that only a dead process held', async () => {
  for (const kind of ['kill', 'power'] as const) {
    const { world, one, disk } = host(kind);
    const process = one.start('holder');
    const file = await world.drive(process.disk.open('/d/a', 'create'));
    file.writeSync([new Uint8Array(3 * PAGE_BYTES)], 0);
    await world.drive(disk.remove('/d/a'));
    await world.drive(disk.syncDirectory('/d'));
    assert.equal(one.disk.usedBytes, 3 * PAGE_BYTES);
    process.crash(kind);
    assert.equal(one.disk.usedBytes, 0);
  }
});

test('a power loss on a full disk restores what was overwritten', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { world, one, disk } = host(seed, 4 * PAGE_BYTES);
    const file = await world.drive(disk.open('/d/a', 'create'));
    file.writeSync([new Uint8Array(3 * PAGE_BYTES).fill(1)], 0);
    await world.drive(Promise.all([file.sync(), disk.syncDirectory('/d')]));
    await world.drive(file.truncate(0));
    const other = await world.drive(disk.open('/d/b', 'create'));
    other.writeSync([new Uint8Array(4 * PAGE_BYTES).fill(2)], 0);
    await world.drive(Promise.all([other.sync(), disk.syncDirectory('/d')]));
    one.crash();
    const left = one.disk.content('/d/a') as Uint8Array;
    assert.ok(left.length === 0 || (left.length === 3 * PAGE_BYTES && left.every((byte) => byte === 1)));
    assert.ok(one.disk.content('/d/b')?.every((byte) => byte === 2));
  }
});

test('flipBit turns one bit over and refuses what is not there', async () => {
  const { one } = await durableFile(1, new Uint8Array(1_000));
  one.disk.flipBit('/d/a', 999, 7);
  const content = one.disk.content('/d/a') as Uint8Array;
  assert.equal(content[999], 128);
  assert.ok(content.subarray(0, 999).every((byte) => byte === 0));
  assert.throws(() => one.disk.flipBit('/d/a', 1_000), RangeError);
  assert.throws(() => one.disk.flipBit('/d/none', 0), RangeError);
  one.crash();
  assert.equal(one.disk.content('/d/a')?.[999], 128, 'rot is durable');
});

test('a slow disk takes longer', async () => {
  const { world, one, file } = await durableFile(1, new Uint8Array(1));
  one.disk.settings.slowFactor = 1_000;
  const before = world.nowMs;
  await world.drive(file.sync());
  assert.ok(world.nowMs - before >= 300);
});

test('junk can stand where unsynced bytes were lost', async () => {
  let junk = 0;
  for (let seed = 0; seed < 40; seed++) {
    const { one, file } = await durableFile(seed, new Uint8Array(SECTOR_BYTES).fill(1));
    one.disk.settings.junkAfterPowerLoss = true;
    file.writeSync([new Uint8Array(8 * SECTOR_BYTES).fill(2)], SECTOR_BYTES);
    one.crash();
    const left = one.disk.content('/d/a') as Uint8Array;
    assert.ok(left.subarray(0, SECTOR_BYTES).every((byte) => byte === 1));
    if (left.some((byte) => byte > 2)) junk++;
  }
  assert.ok(junk > 0);
});

test('a disk goes back to what it was, durably, and becomes an empty one', async () => {
  const { world, one, disk, file } = await durableFile(1, new Uint8Array([1, 2, 3]));
  await world.drive(disk.makeDirectory('/d/empty'));
  const image = one.disk.image();
  file.writeSync([new Uint8Array(3 * PAGE_BYTES).fill(9)], 0);
  await world.drive(Promise.all([file.sync(), disk.rename('/d/a', '/d/b')]));
  one.crash();
  one.disk.restore(image);
  one.crash();
  assert.deepEqual(one.disk.paths(), ['/d/a']);
  assert.deepEqual(one.disk.content('/d/a'), new Uint8Array([1, 2, 3]));
  assert.equal(one.disk.usedBytes, PAGE_BYTES);
  const again = one.start('again').disk;
  assert.deepEqual(await world.drive(again.list('/d/empty')), []);
  one.crash();
  one.disk.restore(EMPTY_DISK_IMAGE);
  assert.deepEqual([one.disk.paths(), one.disk.usedBytes], [[], 0]);
});
