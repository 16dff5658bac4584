import type { BenchCase } from '../bench-case.js';
import type { Place } from '../ceiling/rig.js';
import { expectSame } from '../contents.js';
import { inFlight } from '../in-flight.js';
import { LARGE_BYTES, LARGE_BYTES_QUICK, PART_BYTES, putLarge, readLarge, writeLargeToCeiling } from '../large-file.js';
import { ceilingBodies } from '../layouts.js';
import { flushPageCache } from '../page-cache.js';
import { besideCeiling, measureWhole, megabytesPerSecond, type Phase } from '../phase.js';
import type { BenchResult } from '../result.js';
import type { Stage } from '../stage.js';

const REDUNDANCIES = ['rs-4-2', 'copies-2'];
/** Parts of 1 MiB that the client's streams have under way: 32 MiB written, 16 MiB read ahead. */
const WRITE_DEPTH = 32;
const READ_DEPTH = 16;

type Rounds = Record<'write' | 'read', Phase[]>;

/** One file of 1 GiB as a stream, written synced and read back warm. */
export const sequential: BenchCase = {
  name: 'sequential',
  summary: 'one file of 1 GiB written as a stream, then read as one from the page cache',
  variants: REDUNDANCIES.map((redundancy) => `sequential/${redundancy}`),
  isDefault: true,
  async run({ repetitions, isQuick, variants, stage, progress }) {
    const bytes = isQuick ? LARGE_BYTES_QUICK : LARGE_BYTES;
    const results: BenchResult[] = [];
    for (const redundancy of REDUNDANCIES) {
      const name = `sequential/${redundancy}`;
      if (!variants.includes(name)) continue;
      const own: Rounds = { write: [], read: [] };
      const ceiling: Rounds = { write: [], read: [] };
      for (let round = 0; round < repetitions; round++) {
        progress(`${name}, round ${round + 1} of ${repetitions}`);
        const set = await stage();
        await measureCeiling(set, name, redundancy, bytes, ceiling);
        await flushPageCache();
        await measureCluster(set, name, redundancy, bytes, own);
        await flushPageCache();
      }
      for (const kind of ['write', 'read'] as const) {
        results.push(...besideCeiling(`${name}/${kind}`, 'MB/s', own[kind], ceiling[kind], megabytesPerSecond));
      }
    }
    return results;
  },
};

async function measureCluster(
  { cluster, contents, freshDirectory }: Stage,
  name: string,
  redundancy: string,
  bytes: number,
  into: Rounds,
): Promise<void> {
  const { client } = cluster;
  const parent = freshDirectory();
  await client.mkdir(parent, { layout: { redundancy } });
  const path = `${parent}/large`;
  const plan = { operations: 1, bytes };
  into.write.push(
    await measureWhole(cluster, { name: `${name}/write`, ...plan }, async () => {
      await putLarge(client, path, contents, bytes);
      return [];
    }),
  );
  into.read.push(
    await measureWhole(cluster, { name: `${name}/read`, ...plan }, async () => {
      await readLarge(client, path, contents, bytes);
      return [];
    }),
  );
}

async function measureCeiling(
  set: Stage,
  name: string,
  redundancy: string,
  bytes: number,
  into: Rounds,
): Promise<void> {
  const { rig, contents } = set;
  const plan = { operations: 1, bytes };
  let places: Place[] = [];
  into.write.push(
    await measureWhole(rig, { name: `${name}/write`, ...plan }, async () => {
      ({ places } = await writeLargeToCeiling(set, bytes, WRITE_DEPTH, (part) => ceilingBodies(redundancy, part)));
      return [];
    }),
  );
  into.read.push(
    await measureWhole(rig, { name: `${name}/read`, ...plan }, async () => {
      await inFlight(bytes / PART_BYTES, READ_DEPTH, async (part) => {
        expectSame(await rig.read(places[part] as Place, PART_BYTES), contents.bytes(part, PART_BYTES));
      });
      return [];
    }),
  );
  await rig.empty();
}
