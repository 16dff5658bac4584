import type { FileHandle } from '@tessera/client';
import type { BenchCase } from '../bench-case.js';
import { expectSame } from '../contents.js';
import { inFlight } from '../in-flight.js';
import { LARGE_BYTES, LARGE_BYTES_QUICK, largeContentAt, putLarge } from '../large-file.js';
import { cpuDetails, figures, measurePhase, measureWhole, type Phase, rate } from '../phase.js';
import { type BenchResult, median } from '../result.js';
import { scatter } from '../scatter.js';
import type { Stage } from '../stage.js';

const RANGE_BYTES = 4 * 1024;
const RANGES = 10_000;
const REDUNDANCY = 'rs-4-2';

/** As many ranges per second as one call takes, beside one read after the other. */
export const listIo: BenchCase = {
  name: 'list-io',
  summary: `${RANGES} random ranges of 4 KiB of one open 1 GiB file, ${REDUNDANCY}: one readv, beside one awaited read at a time`,
  variants: ['list-io'],
  isDefault: true,
  async run({ repetitions, isQuick, stage, progress }) {
    const fileBytes = isQuick ? LARGE_BYTES_QUICK : LARGE_BYTES;
    const count = isQuick ? RANGES / 10 : RANGES;
    progress('list-io: writing the file');
    const set = await stage();
    const parent = set.freshDirectory();
    await set.cluster.client.mkdir(parent, { layout: { redundancy: REDUNDANCY } });
    await putLarge(set.cluster.client, `${parent}/large`, set.contents, fileBytes);
    const handle = await set.cluster.client.open(`${parent}/large`, 'r');
    const single: Phase[] = [];
    const lists: Phase[] = [];
    for (let round = 0; round < repetitions; round++) {
      progress(`list-io, round ${round + 1} of ${repetitions}`);
      const offsets = Array.from(
        { length: count },
        (_, index) => scatter(index + round * RANGES, fileBytes / RANGE_BYTES) * RANGE_BYTES,
      );
      single.push(await readOneByOne(set, handle, offsets));
      lists.push(await readList(set, handle, offsets));
    }
    await handle.close();
    return summarise(single, lists);
  },
};

function readOneByOne({ cluster, contents }: Stage, handle: FileHandle, offsets: readonly number[]): Promise<Phase> {
  const plan = { name: 'list-io/one-by-one', count: offsets.length, depth: 1, bytes: RANGE_BYTES };
  return measurePhase(cluster, plan, async (index) => {
    const offset = offsets[index] as number;
    expectSame(await handle.read(offset, RANGE_BYTES), largeContentAt(contents, offset, RANGE_BYTES));
  });
}

function readList({ cluster, contents }: Stage, handle: FileHandle, offsets: readonly number[]): Promise<Phase> {
  const plan = { name: 'list-io', operations: offsets.length, bytes: offsets.length * RANGE_BYTES };
  return measureWhole(cluster, plan, () => {
    const ranges = offsets.map((offset) => ({ offset, length: RANGE_BYTES }));
    // One call; its latency is that of all ranges.
    return inFlight(1, 1, async () => {
      const got = await handle.readv(ranges);
      for (const [index, bytes] of got.entries()) {
        expectSame(bytes, largeContentAt(contents, offsets[index] as number, RANGE_BYTES));
      }
    });
  });
}

function summarise(single: readonly Phase[], lists: readonly Phase[]): BenchResult[] {
  return [
    { name: 'list-io/one-by-one', unit: 'ranges/s', ...figures(single, rate), details: cpuDetails(single) },
    {
      name: 'list-io',
      unit: 'ranges/s',
      ...figures(lists, rate),
      details: {
        'times one by one': median(lists.map((phase, index) => rate(phase) / rate(single[index] as Phase))),
        ...cpuDetails(lists),
      },
    },
  ];
}
