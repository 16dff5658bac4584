import type { BenchCase } from '../bench-case.js';
import type { Place } from '../ceiling/rig.js';
import { expectSame } from '../contents.js';
import { inFlight } from '../in-flight.js';
import { FILE_BYTES } from '../layouts.js';
import { dropPageCache } from '../page-cache.js';
import { besideCeiling, measurePhase, type Phase } from '../phase.js';
import type { BenchResult } from '../result.js';
import type { Stage } from '../stage.js';

const DEPTH = 16;
const FILES = 1_000;
const REDUNDANCIES = ['copies-2', 'rs-4-2'];

/** Images of 512 KiB that no page cache holds, beside raw cold reads of the same bytes in as many processes. */
export const coldReads: BenchCase = {
  name: 'cold-reads',
  summary: `files of 512 KiB read from the disk, ${DEPTH} in flight, page cache dropped before each round`,
  variants: REDUNDANCIES.map((redundancy) => `cold-reads/${redundancy}`),
  isDefault: true,
  async run({ repetitions, isQuick, variants, stage, progress, leaveOut }) {
    const count = isQuick ? FILES / 4 : FILES;
    const reason = await dropPageCache();
    const results: BenchResult[] = [];
    for (const redundancy of REDUNDANCIES) {
      const name = `cold-reads/${redundancy}`;
      if (!variants.includes(name)) continue;
      if (reason !== undefined) {
        leaveOut(name, reason);
        continue;
      }
      progress(`${name}: writing`);
      const set = await stage();
      const { cluster, rig, contents } = set;
      const { parent, places } = await write(set, redundancy, count);
      const plan = { name, count, depth: DEPTH, bytes: FILE_BYTES };
      const own: Phase[] = [];
      const ceiling: Phase[] = [];
      for (let round = 0; round < repetitions; round++) {
        progress(`${name}, round ${round + 1} of ${repetitions}`);
        await dropPageCache();
        ceiling.push(
          await measurePhase(rig, plan, async (index) => {
            expectSame(await rig.read(places[index] as Place, FILE_BYTES, true), contents.bytes(index, FILE_BYTES));
          }),
        );
        await dropPageCache();
        own.push(
          await measurePhase(cluster, plan, async (index) => {
            expectSame(await cluster.client.getFile(`${parent}/${index}`), contents.bytes(index, FILE_BYTES));
          }),
        );
      }
      await rig.empty();
      results.push(...besideCeiling(name, 'files/s', own, ceiling));
    }
    return results;
  },
};

async function write({ cluster, rig, contents, freshDirectory }: Stage, redundancy: string, count: number) {
  const parent = freshDirectory();
  const places: Place[] = [];
  await cluster.client.mkdir(parent, { layout: { redundancy } });
  await inFlight(count, DEPTH, (index) =>
    cluster.client.putFile(`${parent}/${index}`, contents.bytes(index, FILE_BYTES)),
  );
  await inFlight(count, DEPTH, async (index) => {
    places[index] = await rig.write(contents.bytes(index, FILE_BYTES), true);
  });
  return { parent, places };
}
