import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeId, TesseraError, v1 } from '@tessera/protocol';
import fc from 'fast-check';
import { Counters } from '../counters.js';
import { READ_RESTARTS_MAX, READ_SHORTAGE_MS_MAX } from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import { Scopes } from '../scope.js';
import { ManualClock } from '../testing/manual-clock.js';
import { FileReader } from './file-reader.js';
import { PieceReader } from './piece-reader.js';
import { ReadBudget } from './read-budget.js';
import type { StripeRecord } from './resolved-file.js';
import { Resolver } from './resolver.js';

interface FakeExtent {
  offset: number;
  length: number;
  stripe: number;
}

/** A file whose byte at offset o is o mod 251 where an extent covers it; segments start where their extent does. */
function setUp(bytes: number, extents: FakeExtent[]) {
  const clock = new ManualClock();
  const file = { version: 1, contentVersion: 1, bytes, extents, resolves: 0, extentsPerReply: 3, gone: false };
  const submit = async (_kind: string, request: v1.ResolveOperation.$Properties) => {
    file.resolves++;
    if (file.gone) throw new TesseraError('NOT_FOUND', 'gone');
    const from = Number(request.offset);
    const to = Number(request.length) === 0 ? file.bytes : from + Number(request.length);
    const inside = file.extents.filter(({ offset, length }) => offset < to && offset + length > from);
    const told = inside.slice(0, file.extentsPerReply);
    const cut = inside[told.length];
    return {
      attributes: {
        inode: encodeId(9n),
        bytes: file.bytes,
        version: file.version,
        contentVersion: file.contentVersion,
      },
      extents: told.map(({ offset, length }, index) => ({
        fileOffset: offset,
        length,
        segmentOffset: 0,
        stripeIndex: index,
      })),
      stripes: told.map(({ length, stripe }) => ({
        pg: 1,
        stripe: encodeId(BigInt(stripe)),
        dataCount: 1,
        parityCount: 0,
        slots: [{ position: 0, length, state: v1.SlotState.SLOT_STATE_LIVE }],
      })),
      nextOffset: cut?.offset ?? 0,
    };
  };
  const faults = { read: (_stripe: number, _lost: boolean): void | Promise<void> => {}, mayReturn: true, looks: 0 };
  const stripes = {
    read: async (stripe: StripeRecord, _slot: number, from: number, to: number, lost: boolean) => {
      const number = Number(Buffer.from(stripe.stripe).readBigUInt64BE());
      await faults.read(number, lost);
      const start = file.extents.find((extent) => extent.stripe === number)?.offset ?? 0;
      return Uint8Array.from({ length: to - from }, (_, index) => (start + from + index) % 251);
    },
    mayReturn: () => faults.mayReturn,
    lookAgain: () => {
      faults.looks++;
    },
  };
  const resolver = new Resolver({ submit } as unknown as OperationSink);
  const reader = new FileReader({
    resolver,
    pieces: new PieceReader({ clock, resolver, stripes }),
    budget: new ReadBudget(),
    counters: new Counters(),
  });
  const scope = new Scopes(clock, 60_000).open('test');
  return { clock, file, faults, reader, scope };
}

function expected(bytes: number, extents: readonly FakeExtent[]): Uint8Array {
  const content = new Uint8Array(bytes);
  for (const { offset, length } of extents) {
    for (let at = offset; at < offset + length; at++) content[at] = at % 251;
  }
  return content;
}

/** Extents with and without holes between them. */
const layouts = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 1, max: 60 }) }), {
    maxLength: 12,
  })
  .map((parts) => {
    const extents: FakeExtent[] = [];
    let offset = 0;
    for (const [index, { gap, length }] of parts.entries()) {
      offset += index % 2 === 0 ? gap : 0;
      extents.push({ offset, length, stripe: index + 1 });
      offset += length;
    }
    return { extents, bytes: offset + (parts.length % 3) * 10 };
  });

async function streamed(reader: FileReader, start: number, end: number, scope: never): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of reader.stream({}, start, end, scope)) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

test('whole, in part and as a stream: the same bytes, holes are zeros', async () => {
  await fc.assert(
    fc.asyncProperty(layouts, fc.nat(), fc.nat(), async ({ extents, bytes }, a, b) => {
      const { reader, scope } = setUp(bytes, extents);
      const content = expected(bytes, extents);
      assert.deepEqual(await reader.whole(new Uint8Array(), scope), content);
      const from = a % (bytes + 10);
      const length = b % (bytes + 20);
      const part = content.subarray(from, from + length);
      assert.deepEqual(await reader.part({}, from, length, scope), part.slice());
      assert.deepEqual(await streamed(reader, from, from + length, scope as never), part.slice());
    }),
  );
});

test('a file that is replaced while it is read is read anew', async () => {
  const extents = Array.from({ length: 8 }, (_, index) => ({ offset: index * 10, length: 10, stripe: index + 1 }));
  const { file, faults, reader, scope } = setUp(80, extents);
  faults.read = () => {
    if (file.resolves === 1) file.contentVersion++;
  };
  assert.deepEqual(await reader.whole(new Uint8Array(), scope), expected(80, extents));
});

test('a file that changes all the time ends with CHANGED, as a stream does at once', async () => {
  const extents = Array.from({ length: 8 }, (_, index) => ({ offset: index * 10, length: 10, stripe: index + 1 }));
  const { file, faults, reader, scope } = setUp(80, extents);
  faults.read = () => {
    file.contentVersion++;
  };
  await assert.rejects(reader.whole(new Uint8Array(), scope), { code: 'CHANGED' });
  assert.equal(file.resolves, 2 * (READ_RESTARTS_MAX + 1));
  await assert.rejects(streamed(reader, 0, 80, scope as never), { code: 'CHANGED' });
});

test('a file that is renamed all the time is read to its end, at once', async () => {
  const extents = Array.from({ length: 8 }, (_, index) => ({ offset: index * 10, length: 10, stripe: index + 1 }));
  const { file, faults, reader, scope } = setUp(80, extents);
  faults.read = () => {
    file.version++;
  };
  assert.deepEqual(await reader.whole(new Uint8Array(), scope), expected(80, extents));
  assert.equal(file.resolves, 3);
  assert.deepEqual(await streamed(reader, 0, 80, scope as never), expected(80, extents));
});

test('a shard that is not found is looked for once more, and decoded when the metadata insists', async () => {
  const { file, faults, reader, scope } = setUp(10, [{ offset: 0, length: 10, stripe: 5 }]);
  const asked: boolean[] = [];
  faults.read = (_stripe, lost) => {
    asked.push(lost);
    if (!lost) throw new TesseraError('NOT_FOUND', 'not here');
  };
  assert.deepEqual(await reader.whole(new Uint8Array(), scope), expected(10, file.extents));
  assert.deepEqual(asked, [false, true]);
});

test('bytes that have moved are read where they are now', async () => {
  const { file, faults, reader, scope } = setUp(20, [{ offset: 0, length: 20, stripe: 5 }]);
  faults.read = (stripe) => {
    if (stripe !== 5) return;
    file.extents = [
      { offset: 0, length: 8, stripe: 6 },
      { offset: 8, length: 12, stripe: 7 },
    ];
    throw new TesseraError('DATA_LOSS', 'all gone');
  };
  assert.deepEqual(await reader.whole(new Uint8Array(), scope), expected(20, [{ offset: 0, length: 20, stripe: 5 }]));
});

test('a part is looked for once more as a whole is, and read where its bytes are', async () => {
  const extents = [
    { offset: 0, length: 20, stripe: 5 },
    { offset: 20, length: 20, stripe: 6 },
  ];
  const content = expected(40, extents);
  const { faults, reader, scope } = setUp(40, extents);
  faults.read = (_stripe, lost) => {
    if (!lost) throw new TesseraError('NOT_FOUND', 'not here');
  };
  assert.deepEqual(await reader.part({}, 5, 10, scope), content.slice(5, 15));
  assert.deepEqual(await reader.part({}, 15, 10, scope), content.slice(15, 25));
  assert.deepEqual(await streamed(reader, 3, 33, scope as never), content.slice(3, 33));

  const moved = setUp(40, extents);
  moved.file.extentsPerReply = 1;
  moved.faults.read = (stripe) => {
    if (stripe > 6) return;
    moved.file.extents = Array.from({ length: 5 }, (_, index) => ({ offset: 8 * index, length: 8, stripe: index + 7 }));
    throw new TesseraError('DATA_LOSS', 'all gone');
  };
  assert.deepEqual(await moved.reader.part({}, 5, 30, moved.scope), content.slice(5, 35));
});

test('servers that may return are waited for, but not for long; others not at all', async () => {
  const { clock, faults, reader, scope } = setUp(10, [{ offset: 0, length: 10, stripe: 5 }]);
  const away = new TesseraError('UNAVAILABLE', 'server 3 is away');
  let attempts = 0;
  faults.read = () => {
    if (++attempts < 4) throw away;
  };
  const patient = reader.whole(new Uint8Array(), scope);
  await clock.advance(READ_SHORTAGE_MS_MAX);
  await patient;
  faults.read = () => {
    throw away;
  };
  const vain = assert.rejects(reader.whole(new Uint8Array(), scope), { code: 'UNAVAILABLE', message: /server 3/ });
  await clock.advance(READ_SHORTAGE_MS_MAX + 1_000);
  await vain;
  faults.mayReturn = false;
  faults.looks = 0;
  const hopeless = assert.rejects(reader.whole(new Uint8Array(), scope), { code: 'UNAVAILABLE' });
  await clock.advance(200);
  await hopeless;
  assert.equal(faults.looks, 1);
});
