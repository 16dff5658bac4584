import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedWorld } from '@tessera/env/simulated';
import { TesseraError } from '@tessera/protocol';
import fc from 'fast-check';
import { readCheckpoint } from './checkpoint-reader.js';
import { writeCheckpoint } from './checkpoint-writer.js';
import { Digests, entryHash } from './digest.js';
import { keyString } from './key-string.js';
import type { CheckedEntry } from './view.js';

const DIRECTORY = '/data/checkpoint';
const POSITION = { era: 3, lsn: 77, chain: new Uint8Array(32).fill(9), timeNs: 123_456_789n };

function entriesOf(pairs: readonly (readonly [Uint8Array, Uint8Array])[]): CheckedEntry[] {
  return pairs
    .map(([key, value]) => ({ key, value, hash: entryHash(key, value) }))
    .sort((left, right) => (keyString(left.key) < keyString(right.key) ? -1 : 1));
}

function digestsOf(entries: readonly CheckedEntry[]): Digests {
  const digests = new Digests();
  for (const { key, hash } of entries) digests.add(key[0] as number, hash);
  return digests;
}

class CheckpointWorld {
  readonly world = new SimulatedWorld({ seed: 'checkpoint' });
  readonly path = `${DIRECTORY}/000000000000004d.ckpt`;

  constructor() {
    this.host.disk.prepareDirectory(DIRECTORY);
  }

  get host() {
    return this.world.host('host-1');
  }

  write(entries: readonly CheckedEntry[], digests = digestsOf(entries)) {
    const process = this.host.start('writer');
    async function* pages() {
      for (let at = 0; at < entries.length; at += 7) yield entries.slice(at, at + 7);
    }
    const content = { position: POSITION, digests, pages: pages() };
    return this.world.drive(writeCheckpoint(process.disk, process.random, DIRECTORY, content));
  }

  async read() {
    const seen: [string, string | undefined][] = [];
    const header = await this.world.drive(
      readCheckpoint(this.host.start('reader').disk, this.path, (entries) => {
        for (const { key, value } of entries) seen.push([keyString(key), value && keyString(value.subarray(8))]);
      }),
    );
    return { header, seen };
  }
}

const shown = (entries: readonly CheckedEntry[]) =>
  entries.map(({ key, value }) => [keyString(key), keyString(value)] as [string, string]);

test('a checkpoint comes back as it was written', async () => {
  const pair = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 30 }), fc.uint8Array({ maxLength: 100_000 }));
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(pair, { maxLength: 40, selector: ([key]) => keyString(key) }), async (pairs) => {
      const world = new CheckpointWorld();
      const entries = entriesOf(pairs);
      const written = await world.write(entries);
      assert.equal(written.entries, entries.length);
      const { header, seen } = await world.read();
      assert.deepEqual(seen, shown(entries));
      assert.deepEqual(header.position, POSITION);
      assert.deepEqual(header.digests.entries(), digestsOf(entries).entries());
    }),
    { numRuns: 40 },
  );
});

test('a checkpoint whose entries do not add up to the journaled digests never counts', async () => {
  const world = new CheckpointWorld();
  const entries = entriesOf([
    [Buffer.from('i1'), Buffer.from('one')],
    [Buffer.from('i2'), Buffer.from('two')],
  ]);
  await assert.rejects(world.write(entries.slice(1), digestsOf(entries)), {
    code: 'CORRUPT',
    message: /the view differs from the journal in table 'i' as of lsn 77/,
  });
  assert.deepEqual(
    world.host.disk.paths().filter((path) => path.endsWith('.ckpt')),
    [],
  );
});

test('a flipped bit at any place of a checkpoint, and any cut, is noticed', async () => {
  const world = new CheckpointWorld();
  await world.write(
    entriesOf(
      Array.from({ length: 25 }, (_, index) => [Buffer.from(`i${index}`), Buffer.alloc(index * 3, index)] as const),
    ),
  );
  const content = world.host.disk.content(world.path) as Uint8Array;
  const damage = async () => {
    const error = await world.read().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return error instanceof TesseraError && error.message.startsWith(`${world.path}: offset `) ? error.code : error;
  };
  for (let at = 0; at < content.length; at++) {
    for (const bit of [at % 8, (at + 4) % 8]) {
      world.host.disk.flipBit(world.path, at, bit);
      assert.equal(await damage(), 'CORRUPT', `bit ${bit} of byte ${at}`);
      world.host.disk.flipBit(world.path, at, bit);
    }
  }
  const resize = async (bytes: number) => {
    const file = await world.host.start('cutter').disk.open(world.path, 'write');
    await file.truncate(bytes);
    await file.close();
  };
  await world.world.drive(resize(content.length + 1));
  assert.equal(await damage(), 'CORRUPT');
  for (let bytes = content.length - 1; bytes >= 0; bytes -= 13) {
    await world.world.drive(resize(bytes));
    assert.equal(await damage(), 'CORRUPT', `cut to ${bytes}`);
  }
});
