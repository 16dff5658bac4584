import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../counters.js';
import { ReadBudget } from '../get/read-budget.js';
import { READ_AHEAD_CHUNK_BYTES_MAX, READ_AHEAD_CHUNK_BYTES_MIN, SEQUENTIAL_READS_MIN } from '../limits.js';
import { Scopes } from '../scope.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { ReadAhead } from './read-ahead.js';

const READ_BYTES = 10_000;

function setUp(fileBytes: number, budgetBytes = 64 * READ_AHEAD_CHUNK_BYTES_MAX) {
  const scopes = new Scopes(new ManualClock(), 60_000);
  const world = { version: 1n, parts: 0, aheads: [] as number[], stats: 0, failing: false };
  const content = (offset: number, length: number) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, fileBytes - offset)));
    for (let index = 0; index < bytes.length; index++) bytes[index] = (offset + index + Number(world.version)) % 251;
    return bytes;
  };
  const reader = {
    part: async (offset: number, length: number) => {
      world.parts++;
      return content(offset, length);
    },
    versionedPart: async (offset: number, length: number) => {
      world.aheads.push(length);
      if (world.failing) throw new Error('away');
      return { bytes: content(offset, length), contentVersion: world.version };
    },
  };
  const since = async () => {
    world.stats++;
    return world.version;
  };
  const readBudget = new ReadBudget(budgetBytes);
  const ahead = new ReadAhead(
    { scopes, probe: { now: 0, since }, reader, readBudget, counters: new Counters() },
    'test',
  );
  const scope = scopes.open('test');
  const read = async (offset: number, length = READ_BYTES) => {
    assert.deepEqual(await ahead.read(offset, length, scope), content(offset, length));
    await settled();
  };
  return { world, ahead, readBudget, read };
}

test('reads that follow each other are read ahead, to the end of the file', async () => {
  const { world, readBudget, read } = setUp(3_000_123);
  for (let offset = 0; offset < 3_010_000; offset += READ_BYTES) await read(offset);
  assert.ok(world.parts <= SEQUENTIAL_READS_MIN + 6, `${world.parts} reads were not ahead`);
  assert.equal(world.aheads[0], READ_AHEAD_CHUNK_BYTES_MIN);
  assert.equal(world.aheads[1], 2 * READ_AHEAD_CHUNK_BYTES_MIN);
  assert.ok(readBudget.usedBytes <= 2 * READ_AHEAD_CHUNK_BYTES_MAX);
});

test('what was read ahead of another version is not handed out', async () => {
  const { world, read } = setUp(10_000_000);
  for (let index = 0; index < 10; index++) await read(index * READ_BYTES);
  assert.equal(world.parts, SEQUENTIAL_READS_MIN + 1);
  world.version++;
  await read(10 * READ_BYTES);
  assert.equal(world.parts, SEQUENTIAL_READS_MIN + 2);
  for (let index = 11; index < 20; index++) await read(index * READ_BYTES);
  assert.ok(world.parts <= 2 * SEQUENTIAL_READS_MIN + 3);
});

test('reads here and there are not read ahead, and what was is dropped', async () => {
  const { world, readBudget, read } = setUp(10_000_000);
  for (const offset of [5, 80_000, 3, 500_000]) await read(offset);
  assert.equal(world.aheads.length, 0);
  for (let index = 0; index < 5; index++) await read(index * READ_BYTES);
  assert.ok(readBudget.usedBytes > 0);
  await read(7_000_000);
  assert.equal(readBudget.usedBytes, 0);
});

test('what fails ahead is read when it is asked for; without room nothing is ahead', async () => {
  const failing = setUp(1_000_000);
  failing.world.failing = true;
  for (let index = 0; index < 20; index++) await failing.read(index * READ_BYTES);
  assert.equal(failing.world.parts, 20);
  const full = setUp(1_000_000, READ_AHEAD_CHUNK_BYTES_MIN - 1);
  for (let index = 0; index < 20; index++) await full.read(index * READ_BYTES);
  assert.equal(full.world.aheads.length, 0);
});

test('who needs the room gets it, and a file that is closed gives all back', async () => {
  const { ahead, readBudget, read } = setUp(10_000_000, READ_AHEAD_CHUNK_BYTES_MIN);
  for (let index = 0; index < 5; index++) await read(index * READ_BYTES);
  assert.equal(readBudget.usedBytes, READ_AHEAD_CHUNK_BYTES_MIN);
  readBudget.tryTake(1);
  await settled();
  assert.equal(readBudget.tryTake(1), true);
  readBudget.give(1);
  await read(5 * READ_BYTES);
  const late = read(6 * READ_BYTES);
  ahead.close();
  await late;
  await settled();
  assert.equal(readBudget.usedBytes, 0);
});
