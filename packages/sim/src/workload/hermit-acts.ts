import type { Client, OperationOptions, RangeData } from '@tessera/client';
import type { Draw } from '../draw.js';
import { codedError, refusedWith } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import type { Books } from './books.js';
import { type Cell, overwritten, same } from './cell.js';
import { contentOf } from './content.js';
import { checkRanges, drawRanges, drawScatter, giveUp, withHandle, withReader } from './scattered.js';
import { readByView, writeByView } from './views.js';

/** What a hermit works with for one act. */
export interface Solitude {
  readonly client: Client;
  readonly cell: Cell;
  readonly draw: Draw;
  readonly books: Books;
  readonly options: OperationOptions;
  /** Gives the cell of a file that is yet to be made. */
  copyTo(path: string): Cell;
}

const WRONG_SHARE = 0.15;
const CONDITION_SHARE = 0.3;
/** Files with more extents are copied in steps. */
const STEPS_EXTENTS_MIN = 401;
/** Beyond it extents are told in more than one answer. */
const ANSWERS_EXTENTS_MIN = 1_001;
const CHANGERS = 3;
/** A file that grows is soon too long for its inode. */
const PART_GAP_MAX = 40;
const PARTS_AT_ONCE_MAX = 600;
/** A version that no file here reaches. */
const VERSIONS_AHEAD = 1_000_000_000n;

/** What a hermit does; each says in the cell what may have become of it, and checks all that it hears. */
export const ACTS = {
  scatter,
  'write view': writeByView,
  'read view': readByView,
  pick,
  draft,
  copy,
  'read while it changes': readWhileItChanges,
} satisfies Record<string, (solitude: Solitude) => Promise<void>>;

export type Act = keyof typeof ACTS;

/** Many parts by path, perhaps on a condition. */
async function scatter(solitude: Solitude): Promise<void> {
  await scatterParts(solitude, drawScatter(solitude));
}

async function scatterParts(
  { client, cell, draw, options }: Solitude,
  { parts, isWhole }: { parts: readonly RangeData[]; isWhole: boolean },
): Promise<void> {
  const { path } = cell;
  const filled = parts.find(({ data }) => data.length > 0);
  if (filled !== undefined && draw.chance(WRONG_SHARE)) {
    const overlapping = [...parts, { offset: filled.offset, data: filled.data.subarray(0, 1) }];
    if (cell.exists) {
      await refusedWith('INVALID_ARGUMENT', `${path}: parts that overlap`, () =>
        client.writev(path, overlapping, options),
      );
    }
  }
  const condition: { ifVersion?: bigint } = {};
  if (cell.exists && draw.chance(CONDITION_SHARE)) {
    const { contentVersion } = await client.stat(path, options);
    condition.ifVersion = contentVersion;
    await refusedWith('CHANGED', `${path}: a write on a version that it never had`, () =>
      client.writev(path, parts, { ...options, ifVersion: contentVersion + VERSIONS_AHEAD }),
    );
  }
  cell.begin(overwritten(cell.content, parts), isWhole);
  cell.extents += parts.length;
  await client.writev(path, parts, { ...options, create: !cell.exists, ...condition });
  cell.done();
}

/** Many ranges, in any order, also past the end. */
async function pick({ client, cell, draw, options }: Solitude): Promise<void> {
  const ranges = drawRanges(draw, cell.content.length);
  if (draw.chance(0.5)) {
    await checkRanges({ client, path: cell.path }, cell.content, ranges, draw, options);
    return;
  }
  await withReader(await client.open(cell.path, 'r', options), (handle) =>
    checkRanges(handle, cell.content, ranges, draw, options),
  );
}

/** What is not flushed is seen through its handle alone, and may be given up. */
async function draft(solitude: Solitude): Promise<void> {
  const { client, cell, draw, options } = solitude;
  const { parts, isWhole } = drawScatter(solitude);
  const before = cell.content;
  const after = overwritten(before, parts);
  const ranges = drawRanges(draw, after.length);
  const isGivenUp = draw.chance(0.4);
  await withHandle(await client.open(cell.path, 'r+', options), async (handle) => {
    await handle.writev(parts, options);
    await checkRanges(handle, after, ranges, draw, options);
    await checkRanges({ client, path: cell.path }, before, ranges, draw, options);
    if (isGivenUp) {
      await giveUp(handle);
      return;
    }
    cell.begin(after, isWhole);
    cell.extents += parts.length;
    await handle.flush(options);
    cell.done();
  });
  if (isGivenUp) await checkRanges({ client, path: cell.path }, before, ranges, draw, options);
}

/** Within the metaserver, where it can be in several steps, or by reading and writing. */
async function copy(solitude: Solitude): Promise<void> {
  const { client, cell, draw, books, options } = solitude;
  if (draw.chance(0.5)) await grow(solitude, STEPS_EXTENTS_MIN);
  const how = draw.of(['share', 'share', 'auto', 'rewrite'] as const);
  const target = solitude.copyTo(`${cell.path}.copy-${books.newContent(0).id}`);
  const { content } = cell;
  target.begin(content);
  target.extents = cell.extents;
  let isShared: boolean;
  try {
    ({ shared: isShared } = await client.copy(cell.path, target.path, { ...options, how }));
  } catch (thrown) {
    const { code } = codedError(thrown);
    // What is stored with less than the layout asks for is not shared.
    if (how === 'share' && code === 'COMMIT_REFUSED') return target.refused();
    throw thrown;
  }
  target.done();
  if ((how === 'share' && !isShared) || (how === 'rewrite' && isShared)) {
    throw new OracleViolation(`${target.path} was copied by ${how}, and is said to be ${isShared ? '' : 'not '}shared`);
  }
  same(target.path, await client.getFile(target.path, options), content);
}

/** Lists of a file whose end moves all the time: what they read is before it, and no change of it excuses a wrong byte. */
async function readWhileItChanges(solitude: Solitude): Promise<void> {
  const { client, cell, draw, options } = solitude;
  if (draw.chance(0.7)) await grow(solitude, ANSWERS_EXTENTS_MIN);
  const { content, path } = cell;
  if (content.length === 0) return;
  const ranges = [
    ...drawRanges(draw, content.length, content.length),
    // So that all of it is asked about.
    { offset: 0, length: Math.min(10, content.length) },
    { offset: content.length - 1, length: 1 },
  ];
  cell.begin(overwritten(content, [{ offset: content.length, data: new Uint8Array(1) }]), false);
  let isRead = false;
  const change = async () => {
    await withHandle(await client.open(path, 'r+', options), async (handle) => {
      while (!isRead) {
        await handle.truncate(content.length + 1, options);
        await handle.truncate(content.length, options);
      }
    });
  };
  const read = async () => {
    try {
      await checkRanges({ client, path }, content, ranges, draw, options);
    } finally {
      isRead = true;
    }
  };
  const changes = Array.from({ length: CHANGERS }, change);
  for (const outcome of await Promise.allSettled([read(), ...changes])) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  await withHandle(await client.open(path, 'r+', options), (handle) => handle.truncate(content.length, options));
  cell.takenBack();
}

/** Until it has so many extents, written behind its end; not where that is too much. */
async function grow(solitude: Solitude, extents: number): Promise<void> {
  if (solitude.cell.partsMax < PARTS_AT_ONCE_MAX) return;
  while (solitude.cell.extents < extents) {
    const { cell, books, draw } = solitude;
    const parts: RangeData[] = [];
    let offset = cell.content.length;
    for (let left = Math.min(PARTS_AT_ONCE_MAX, extents - cell.extents); left > 0; left--) {
      offset += 1 + draw.below(PART_GAP_MAX);
      const data = contentOf(books.newContent(1 + draw.below(6)));
      parts.push({ offset, data });
      offset += data.length;
    }
    await scatterParts(solitude, { parts, isWhole: true });
  }
}
