import type { FileHandle } from '@tessera/client';
import type { BenchCase } from '../bench-case.js';
import type { Place } from '../ceiling/rig.js';
import { expectSame } from '../contents.js';
import {
  LARGE_BYTES,
  LARGE_BYTES_QUICK,
  largeContentAt,
  PART_BYTES,
  putLarge,
  writeLargeToCeiling,
} from '../large-file.js';
import { besideCeiling, measurePhase, type Phase } from '../phase.js';
import type { BenchResult } from '../result.js';
import { scatter } from '../scatter.js';
import type { Stage } from '../stage.js';

const DEPTH = 16;
const SIZES = [
  { name: 'random-reads/4KiB', bytes: 4 * 1024, reads: 10_000 },
  { name: 'random-reads/64KiB', bytes: 64 * 1024, reads: 8_000 },
];

/** Aligned reads all over an open file of 1 GiB that the page caches hold; the ceiling reads just the bytes asked for. */
export const randomReads: BenchCase = {
  name: 'random-reads',
  summary: `reads at random offsets of one open 1 GiB file, rs-4-2, ${DEPTH} in flight, warm`,
  variants: SIZES.map(({ name }) => name),
  isDefault: true,
  async run({ repetitions, isQuick, variants, stage, progress }) {
    const fileBytes = isQuick ? LARGE_BYTES_QUICK : LARGE_BYTES;
    progress('random-reads: writing the file');
    const set = await stage();
    const { cluster, rig, contents, freshDirectory } = set;
    const parent = freshDirectory();
    await cluster.client.mkdir(parent, { layout: { redundancy: 'rs-4-2' } });
    await putLarge(cluster.client, `${parent}/large`, contents, fileBytes);
    const { places } = await writeLargeToCeiling(set, fileBytes, DEPTH, () => 1);
    const handle = await cluster.client.open(`${parent}/large`, 'r');
    const results: BenchResult[] = [];
    for (const size of SIZES.filter(({ name }) => variants.includes(name))) {
      const own: Phase[] = [];
      const ceiling: Phase[] = [];
      for (let round = 0; round < repetitions; round++) {
        progress(`${size.name}, round ${round + 1} of ${repetitions}`);
        const plan = { name: size.name, bytes: size.bytes, depth: DEPTH, count: isQuick ? size.reads / 4 : size.reads };
        const offsetOf = (index: number) => scatter(index + round * size.reads, fileBytes / size.bytes) * size.bytes;
        ceiling.push(await measurePhase(rig, plan, (index) => readPart(set, places, offsetOf(index), size.bytes)));
        own.push(await measurePhase(cluster, plan, (index) => readRange(set, handle, offsetOf(index), size.bytes)));
      }
      results.push(...besideCeiling(size.name, 'reads/s', own, ceiling));
    }
    await handle.close();
    await rig.empty();
    return results;
  },
};

async function readRange({ contents }: Stage, handle: FileHandle, offset: number, bytes: number): Promise<void> {
  expectSame(await handle.read(offset, bytes), largeContentAt(contents, offset, bytes));
}

async function readPart({ rig, contents }: Stage, places: Place[], offset: number, bytes: number): Promise<void> {
  const part = places[Math.floor(offset / PART_BYTES)] as Place;
  const got = await rig.read({ ...part, offset: part.offset + (offset % PART_BYTES) }, bytes);
  expectSame(got, largeContentAt(contents, offset, bytes));
}
