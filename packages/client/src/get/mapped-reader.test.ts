import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, TesseraError } from '@tessera/protocol';
import { Counters } from '../counters.js';
import { RESOLVE_WINDOW_BYTES } from '../limits.js';
import { Scopes } from '../scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import { MappedReader } from './mapped-reader.js';
import { ReadBudget } from './read-budget.js';
import type { LocatedFile, ResolvedFile } from './resolved-file.js';

const MIB = 1024 * 1024;

/** A file of 1 MiB segments whose bytes are all its version's number. */
function setUp(fileBytes = 256 * MIB) {
  const scope = new Scopes(new ManualClock(), 60_000).open('test');
  const world = { version: 1, resolves: [] as [number, number][], probes: 0, classic: 0, extentsPerReply: 1_000 };
  const resolve = async (_node: unknown, offset: number, length: number): Promise<ResolvedFile> => {
    world.resolves.push([offset, length]);
    const told = Math.min(offset + length, (Math.floor(offset / MIB) + world.extentsPerReply) * MIB);
    const stripe = { pg: 1, stripe: encodeId(1n), dataCount: 1, parityCount: 0, slots: [] };
    const pieces = [];
    for (let at = Math.floor(offset / MIB) * MIB; at < Math.min(told, fileBytes); at += MIB) {
      pieces.push({ fileOffset: at, length: MIB, segment: BigInt(at), segmentOffset: 0, slot: 0, stripe });
    }
    return {
      attributes: {},
      inode: encodeId(5n),
      bytes: fileBytes,
      contentVersion: BigInt(world.version),
      isInline: false,
      head: new Uint8Array(),
      pieces,
      nextOffset: told < Math.min(offset + length, fileBytes) ? told : 0,
    };
  };
  const fill = (from: number, to: number, version: bigint) =>
    new Uint8Array(Math.max(0, to - from)).fill(Number(version));
  const reading: { before: (() => void) | undefined; error: TesseraError | undefined } = {
    before: undefined,
    error: undefined,
  };
  const reader = {
    range: async (file: LocatedFile, from: number, to: number) => {
      reading.before?.();
      if (reading.error) throw reading.error;
      return fill(from, to, file.contentVersion);
    },
    versionedPart: async (_node: unknown, offset: number, length: number) => {
      world.classic++;
      const version = BigInt(world.version);
      return { bytes: fill(offset, Math.min(fileBytes, offset + length), version), contentVersion: version };
    },
  };
  const probe = {
    now: 0,
    since: async () => {
      world.probes++;
      return BigInt(world.version);
    },
  };
  const readBudget = new ReadBudget();
  const mapped = new MappedReader({ resolver: { resolve }, reader, readBudget, counters: new Counters() }, {}, probe);
  const read = (offset: number, length = 4096) => mapped.part(offset, length, scope);
  return { world, mapped, read, reading, readBudget };
}

test('what was read once is not asked for again, only whether it is still so', async () => {
  const { world, read } = setUp();
  for (let count = 0; count < 5; count++) assert.deepEqual(await read(1_000), new Uint8Array(4096).fill(1));
  assert.deepEqual(world.resolves, [[1_000, 4096]]);
  assert.equal(world.probes, 4);
});

test('who reads all over a file soon knows where all of it is', async () => {
  const { world, read } = setUp();
  for (let count = 0; count < 2_000; count++) await read(((count * 7919) % 255) * MIB + count);
  assert.ok(world.resolves.length < 20, `${world.resolves.length} questions`);
  assert.ok(world.resolves.every(([, length]) => length <= RESOLVE_WINDOW_BYTES));
  assert.equal(world.classic, 0);
});

test('a changed file is read as it is now', async () => {
  const { world, read } = setUp();
  await read(0);
  world.version = 2;
  assert.deepEqual(await read(0), new Uint8Array(4096).fill(2));
  assert.deepEqual(await read(0), new Uint8Array(4096).fill(2));
});

test('what cannot be read from where it was is looked for anew, which also tells why if it fails', async () => {
  for (const code of ['CHANGED', 'UNAVAILABLE', 'DATA_LOSS'] as const) {
    const { world, read, reading } = setUp();
    await read(0);
    reading.error = new TesseraError(code, 'not there');
    assert.deepEqual(await read(0), new Uint8Array(4096).fill(1));
    assert.equal(world.classic, 1);
    reading.error = undefined;
    await read(0);
    assert.equal(world.resolves.length, 2);
  }
});

test('nothing is asked for no bytes', async () => {
  const { world, read } = setUp();
  assert.equal((await read(5, 0)).length, 0);
  assert.equal(world.resolves.length + world.classic, 0);
});

test('the end of the file, and what is behind it', async () => {
  const { read } = setUp(10 * MIB);
  assert.equal((await read(10 * MIB - 10)).length, 10);
  assert.equal((await read(10 * MIB - 10)).length, 10);
  assert.equal((await read(20 * MIB)).length, 0);
  assert.equal((await read(20 * MIB)).length, 0);
});

test('answers that leave out much are asked for less', async () => {
  const { world, read } = setUp();
  world.extentsPerReply = 2;
  for (let count = 0; count < 40; count++) await read(((count * 37) % 255) * MIB);
  assert.ok(world.resolves.slice(-10).every(([, length]) => length <= MIB));
  assert.ok(world.classic < 6, `${world.classic} read without`);
});

test('closed, it holds nothing', async () => {
  const { mapped, read, readBudget } = setUp();
  await read(0);
  assert.ok(readBudget.usedBytes > 0);
  const late = read(50 * MIB);
  mapped.close();
  await late;
  assert.equal(readBudget.usedBytes, 0);
});
