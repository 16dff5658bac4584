import { datatype, type ViewAccess } from '@tessera/client';
import { extentOf, lowerOf, row, stream, type Twin, twinFrom } from '@tessera/client/testing/datatypes';
import type { Draw } from '../draw.js';
import { refusedWith } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { overwritten, same } from './cell.js';
import { contentOf } from './content.js';
import type { Solitude } from './hermit-acts.js';
import { withHandle, withReader } from './scattered.js';

/* Access by datatypes that are drawn; what they mean is spelt out byte by byte. */

const TAPE_BYTES = 60;
const LENGTH_MAX = 250;
const POSITION_MAX = 40;
const START_PAST_END = 300;
const COPIES_MAX = 4;
/** Copies far apart, over several segments. */
const WIDE_SHARE = 0.25;
const WIDE_BYTES = [100, 5_000, 70_000];
const MEMORY_SHARE = 0.5;

/** Part of a view's stream, and where its bytes lie. */
interface Drawn {
  readonly view: datatype.View;
  readonly position: number;
  readonly places: readonly number[];
}

/** A byte that a view writes twice is refused; else all is where the view says. */
export async function writeByView({ client, cell, draw, books, options }: Solitude): Promise<void> {
  const { file, memory, access } = drawAccess(draw, cell.content.length, Math.min(LENGTH_MAX, cell.partsMax));
  const buffer = contentOf(books.newContent(1 + memory.reduce((most, place) => Math.max(most, place), 0)));
  await withHandle(await client.open(cell.path, 'r+', options), async (handle) => {
    if (hasTwice(file)) {
      await refusedWith('INVALID_ARGUMENT', `${cell.path}: a write by a view that has a byte twice`, () =>
        handle.writeView(buffer, access, options),
      );
      return;
    }
    const parts = file.map((offset, index) => {
      const from = memory[index] as number;
      return { offset, data: buffer.subarray(from, from + 1) };
    });
    await handle.writeView(buffer, access, options);
    const before = cell.content;
    const isWhole = cell.coversFew || file.every((offset) => offset >= before.length);
    cell.begin(overwritten(before, parts), isWhole);
    cell.extents += 2 * parts.length;
    await handle.flush(options);
    cell.done();
  });
}

/** A view may have a byte of the file twice, not one of memory. */
export async function readByView({ client, cell, draw, options }: Solitude): Promise<void> {
  const { file, memory, access } = drawAccess(draw, cell.content.length, LENGTH_MAX);
  const { content, path } = cell;
  const buffer = new Uint8Array(1 + memory.reduce((most, place) => Math.max(most, place), 0));
  await withReader(await client.open(path, 'r', options), async (handle) => {
    if (hasTwice(memory)) {
      await refusedWith('INVALID_ARGUMENT', `${path}: a read into memory that has a byte twice`, () =>
        handle.readView(buffer, access, options),
      );
      return;
    }
    const bytes = await handle.readView(buffer, access, options);
    const inFile = file.map((offset, index) => ({ offset, at: memory[index] as number }));
    const present = inFile.filter(({ offset }) => offset < content.length);
    if (bytes !== present.length) {
      throw new OracleViolation(`${path}: a view has ${present.length} bytes in the file, and ${bytes} were answered`);
    }
    same(
      `${path}, by a view`,
      Uint8Array.from(present, ({ at }) => buffer[at] as number),
      Uint8Array.from(present, ({ offset }) => content[offset] as number),
    );
  });
}

function drawAccess(
  draw: Draw,
  fileBytes: number,
  lengthMax: number,
): { file: readonly number[]; memory: readonly number[]; access: ViewAccess } {
  const length = 1 + draw.below(lengthMax);
  const file = drawView(draw, length, draw.below(fileBytes + START_PAST_END));
  const memory = draw.chance(MEMORY_SHARE) ? drawView(draw, length, draw.below(10)) : undefined;
  return {
    file: file.places,
    memory: memory?.places ?? Array.from({ length }, (_, index) => index),
    access: {
      file: file.view,
      filePosition: file.position,
      length,
      ...(memory && { memory: memory.view, memoryPosition: memory.position }),
    },
  };
}

function drawView(draw: Draw, length: number, start: number): Drawn {
  const { naive, real } = drawTwin(draw);
  const position = draw.below(POSITION_MAX);
  const relative = stream(naive, 0, position + length).slice(position);
  const displacement = start + Math.max(0, -Math.min(...relative));
  return {
    view: datatype.view(real, displacement),
    position,
    places: relative.map((place) => place + displacement),
  };
}

/** One that has bytes. */
function drawTwin(draw: Draw): Twin {
  let twin: Twin;
  do twin = twinFrom(Uint8Array.from({ length: TAPE_BYTES }, () => draw.below(256)));
  while (twin.naive.data.length === 0);
  checkTwin(twin, 1 + draw.below(COPIES_MAX));
  if (!draw.chance(WIDE_SHARE)) return twin;
  const lower = lowerOf(twin.naive);
  const extent = extentOf(twin.naive) + draw.of(WIDE_BYTES);
  const { data } = twin.naive;
  return {
    naive: { data, lowerMarkers: [lower], upperMarkers: [lower + extent] },
    real: datatype.resized(twin.real, lower, extent),
  };
}

/** What can be asked of a datatype by itself. @throws OracleViolation */
function checkTwin({ naive, real }: Twin, copies: number): void {
  const bytes = [...datatype.flatten(real)].flatMap(({ offset, length }) =>
    Array.from({ length }, (_, index) => offset + index),
  );
  if (bytes.join() !== naive.data.join()) {
    throw new OracleViolation(`a datatype of the bytes ${naive.data} is flattened to ${bytes}`);
  }
  if (datatype.overlaps(real, copies) !== hasTwice(row(naive, copies).data)) {
    throw new OracleViolation(`whether ${copies} copies of ${naive.data} overlap is told wrong`);
  }
}

function hasTwice(places: readonly number[]): boolean {
  return new Set(places).size < places.length;
}
