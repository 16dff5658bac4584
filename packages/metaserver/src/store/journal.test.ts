import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import fc from 'fast-check';
import {
  FILE_HEADER_BYTES,
  GROUP_HEADER_BYTES,
  groupBytes,
  JOURNAL_GROUPS_OFFSET,
  parseJournalFileName,
} from './journal-format.js';
import { journalBeginning } from './journal-position.js';
import { JOURNAL_BLOCK_BYTES } from './limits.js';
import { JournalWorld, type SeenGroup, type TestGroup } from './testing/journal-world.js';

const key = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 40,
});
const value = fc.option(
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 3_000 }),
  { nil: undefined },
);
const group: fc.Arbitrary<TestGroup> = fc.record({
  transactions: fc.integer({ min: 1, max: 100 }),
  writes: fc.uniqueArray(fc.tuple(key, value), { maxLength: 8, selector: ([name]) => name }),
});

function expected(groups: readonly TestGroup[], before = 0): SeenGroup[] {
  let lsn = before;
  return groups.map(({ transactions, writes }) => {
    lsn += transactions;
    return { lastLsn: lsn, writes: writes.map(([name, content]) => [name, content]) };
  });
}

test('groups come back as they were written, over files of any bound and several eras', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(group, { maxLength: 8 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 40_000 }),
      async (eras, fileBytesMax) => {
        const journal = new JournalWorld('round trip');
        for (const groups of eras) await journal.write(groups, fileBytesMax);
        const { seen, end } = await journal.read();
        assert.deepEqual(seen, expected(eras.flat()));
        assert.deepEqual(end.position, journal.position);
        assert.deepEqual(end.alarms, []);
      },
    ),
    { numRuns: 60 },
  );
});

test('reading can begin at any group end, and refuses a base of another history', async () => {
  const journal = new JournalWorld('base');
  const groups: TestGroup[] = Array.from({ length: 12 }, (_, index) => ({
    transactions: 1 + (index % 3),
    writes: [[`k${index}`, 'v'.repeat(index * 900)]],
  }));
  await journal.write(groups.slice(0, 6), 20_000);
  const middle = journal.position;
  await journal.write(groups.slice(6), 20_000);
  const { seen } = await journal.read(middle);
  assert.deepEqual(seen, expected(groups.slice(6), middle.lsn));
  const foreign = { ...middle, chain: Uint8Array.from(middle.chain, (byte) => byte ^ 1) };
  await assert.rejects(journal.read(foreign), { code: 'CORRUPT' });
  const inside = { ...middle, lsn: middle.lsn - 1 };
  await assert.rejects(journal.read(inside), { code: 'CORRUPT' });
  const beyond = { ...journal.position, lsn: journal.position.lsn + 5 };
  await assert.rejects(journal.read(beyond), /journal ends at lsn/);
});

const SMALL: readonly TestGroup[] = [
  {
    transactions: 2,
    writes: [
      ['i1', 'first'],
      ['d1', 'name'],
    ],
  },
  { transactions: 1, writes: [['i1', undefined]] },
  { transactions: 3, writes: [['s1', 'x'.repeat(4_200)]] },
];

/** Offsets of the groups in the only file, and its used length. */
async function smallJournal(seed: string) {
  const journal = new JournalWorld(seed);
  await journal.write(SMALL);
  const path = journal.paths()[0] as string;
  const content = journal.content(path);
  const offsets: number[] = [];
  let used = JOURNAL_GROUPS_OFFSET;
  const view = new DataView(content.buffer, content.byteOffset);
  for (const _ of SMALL) {
    offsets.push(used);
    used += groupBytes(view.getUint32(used + 8));
  }
  const dataEnds = offsets.map((offset) => offset + GROUP_HEADER_BYTES + view.getUint32(offset + 8));
  return { journal, path, content, offsets, dataEnds, used };
}

test('a last group torn at any byte is dropped and reported as doubtful', async () => {
  const { journal, path, content, offsets, dataEnds } = await smallJournal('torn');
  const last = offsets[2] as number;
  const end = dataEnds[2] as number;
  for (let torn = last; torn < end; torn += torn < last + 200 || torn > end - 200 ? 1 : 37) {
    const tail = new Uint8Array(content.length - last);
    tail.set(content.subarray(last, torn));
    await journal.overwrite(path, last, tail);
    const { seen, end } = await journal.read();
    assert.deepEqual(seen, expected(SMALL.slice(0, 2)), `torn at ${torn}`);
    const visible = content.subarray(last, torn).some((byte) => byte !== 0);
    assert.equal(end.alarms.length, visible ? 1 : 0, `torn at ${torn}`);
    if (visible) assert.match(end.alarms[0] as string, new RegExp(`offset ${last}: expected .*dropped`));
    await journal.overwrite(path, last, content.subarray(last));
  }
});

test('a last group with holes is dropped whatever sectors of it are missing', async () => {
  const { journal, path, content, offsets, used } = await smallJournal('holes');
  const last = offsets[2] as number;
  const sectors = (used - last) / 512;
  for (let hole = 0; hole < sectors; hole++) {
    const at = last + hole * 512;
    const was = content.subarray(at, at + 512);
    if (was.every((byte) => byte === 0)) continue;
    await journal.overwrite(path, at, new Uint8Array(512));
    const { seen, end } = await journal.read();
    assert.deepEqual(seen, expected(SMALL.slice(0, 2)));
    assert.equal(end.alarms.length, 1);
    await journal.overwrite(path, at, was);
  }
});

test('a flipped bit anywhere is noticed: refused in the middle, doubtful in the last group, an alarm elsewhere', async () => {
  const { journal, path, content, offsets, dataEnds, used } = await smallJournal('flip');
  const all = expected(SMALL);
  for (let at = 0; at < content.length; at++) {
    const group = offsets.findLastIndex((offset) => offset <= at);
    const isData = group >= 0 && at < (dataEnds[group] as number);
    const isHeader = group < 0 && at % JOURNAL_BLOCK_BYTES < FILE_HEADER_BYTES;
    if (!isData && !isHeader && at % 61 !== 0) continue;
    const bit = at % 8;
    journal.host.disk.flipBit(path, at, bit);
    const outcome = await journal.read().catch((error: unknown) => error);
    const where = `bit ${bit} of byte ${at}`;
    if (outcome instanceof Error) {
      assert(isData && group < 2, `${where}: ${outcome.message}`);
      assert(outcome instanceof TesseraError && outcome.code === 'CORRUPT', where);
      assert(outcome.message.includes(`${path}: offset ${offsets[group]}: expected`), `${where}: ${outcome.message}`);
      assert.match(outcome.message, /backup/);
    } else {
      const { seen, end } = outcome as Awaited<ReturnType<JournalWorld['read']>>;
      assert.equal(end.alarms.length, 1, where);
      if (isData) assert.equal(group, 2, where);
      if (isHeader) assert.match(end.alarms[0] as string, /copy of the file header at offset (0|4096) is damaged/);
      assert.deepEqual(seen, isData ? all.slice(0, 2) : all, where);
      if (at >= used) assert.match(end.alarms[0] as string, /dropped/);
    }
    journal.host.disk.flipBit(path, at, bit);
  }
});

test('a file whose header is lost in one block is read by its other copy; without any it is refused', async () => {
  const { journal, path, content } = await smallJournal('header copies');
  const junk = new Uint8Array(JOURNAL_BLOCK_BYTES).fill(0xa5);
  for (const at of [0, JOURNAL_BLOCK_BYTES]) {
    for (const bytes of [junk, new Uint8Array(JOURNAL_BLOCK_BYTES)]) {
      await journal.overwrite(path, at, bytes);
      const { seen, end } = await journal.read();
      assert.deepEqual(seen, expected(SMALL));
      assert.match(end.alarms[0] as string, new RegExp(`header at offset ${at} is damaged`));
    }
    await journal.overwrite(path, at, content.subarray(at, at + JOURNAL_BLOCK_BYTES));
  }
  await journal.overwrite(path, 0, new Uint8Array(JOURNAL_GROUPS_OFFSET));
  await assert.rejects(journal.read(), { code: 'CORRUPT', message: /offset 0: expected a journal file header/ });
});

test('a start after a torn group goes on in a new file, and later readers pass over the torn one', async () => {
  const { journal, path, content, offsets } = await smallJournal('restart');
  const last = offsets[2] as number;
  await journal.overwrite(path, last + 100, new Uint8Array(50));
  const { end } = await journal.read();
  journal.position = end.position;
  const more: TestGroup[] = [{ transactions: 4, writes: [['i9', 'after']] }];
  await journal.write(more);
  const { seen, end: later } = await journal.read();
  assert.deepEqual(seen, [...expected(SMALL.slice(0, 2)), ...expected(more, end.position.lsn)]);
  assert.deepEqual(later.alarms, []);
  // The dropped group must not come back to life either.
  await journal.overwrite(path, last, content.subarray(last));
  await assert.rejects(journal.read(), { code: 'CORRUPT' });
});

test('a missing file is noticed, whichever it is but the last', async () => {
  const journal = new JournalWorld('missing');
  const groups: TestGroup[] = Array.from({ length: 9 }, (_, index) => ({
    transactions: 1,
    writes: [[`k${index}`, 'v'.repeat(5_000)]],
  }));
  await journal.write(groups, 20_000);
  const paths = journal.paths();
  assert(paths.length >= 3);
  for (const path of paths.slice(0, -1)) {
    const hidden = `/data/hidden`;
    const { disk } = journal;
    await journal.world.drive(disk.rename(path, hidden));
    await assert.rejects(journal.read(), { code: 'CORRUPT' });
    await journal.world.drive(disk.rename(hidden, path));
  }
  assert.deepEqual((await journal.read()).seen, expected(groups));
});

test('a file under the name of another is refused', async () => {
  const journal = new JournalWorld('misplaced');
  await journal.write(SMALL);
  const path = journal.paths()[0] as string;
  await journal.world.drive(journal.disk.rename(path, path.replace('-000001', '-000002')));
  await assert.rejects(journal.read(), /offset 0: expected a header for lsn 1, era 2/);
});

test('a later format version is refused as such', async () => {
  const { journal, path, content } = await smallJournal('version');
  const { hash64, writeUint64 } = await import('@tessera/protocol');
  const header = content.slice(0, 72);
  header[5] = 2;
  writeUint64(header, 64, hash64(header.subarray(0, 64)));
  await journal.overwrite(path, 0, header);
  await assert.rejects(journal.read(), { code: 'WRONG_VERSION' });
});

test('file names sort as their groups do', () => {
  assert.deepEqual(parseJournalFileName('00000000000000ff-00000a.log'), { firstLsn: 255, era: 10 });
  for (const name of ['00000000000000ff.log', '00000000000000ff-00000a.log.new', 'x', '00000000000000FF-00000a.log']) {
    assert.equal(parseJournalFileName(name), undefined);
  }
  assert.equal(journalBeginning().lsn, 0);
});
