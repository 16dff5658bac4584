import type { Client } from '@tessera/client';
import type { CeilingRig, Place } from './ceiling/rig.js';
import type { Contents } from './contents.js';
import { inFlight } from './in-flight.js';
import { FILE_BYTES } from './layouts.js';

/*
 * Daemons run for months: what V8 compiles, caches and sizes by use is there before any clock starts, in every
 * process, and so in every process of the ceiling. What counts is operations, not bytes; `--only warm-up` shows after
 * how many of them the CPU for one stops falling.
 */

export interface WarmUpPlan {
  /** Shards that each server takes, and as many that it gives back. */
  shardsPerServer: number;
  /** 512 KiB files for each redundancy, written and read. */
  files: number;
}

export const WARM_UP: WarmUpPlan = { shardsPerServer: 8_000, files: 256 };
export const WARM_UP_QUICK: WarmUpPlan = { shardsPerServer: 1_000, files: 64 };

const DEPTH = 64;
const SMALL_BYTES_MIN = 4096;
const SMALL_BYTES_SPREAD = 12_289;
const REDUNDANCIES = ['copies-2', 'rs-4-2', 'copies-3'];
/** Every small file is two shards. */
const SHARDS_PER_SMALL_FILE = 2;

/** 4 to 16 KiB, each file another length. */
export function smallBytes(index: number): number {
  return SMALL_BYTES_MIN + ((index * 977) % SMALL_BYTES_SPREAD);
}

export async function warmCluster(
  client: Client,
  servers: number,
  { shardsPerServer, files }: WarmUpPlan,
  contents: Contents,
): Promise<void> {
  const small = (shardsPerServer * servers) / SHARDS_PER_SMALL_FILE;
  await client.mkdir('/warm-up/small', { parents: true, layout: { redundancy: 'copies-2', inlineBytes: 0 } });
  const pathOf = (index: number) => `/warm-up/small/${index % small}`;
  await inFlight(small, DEPTH, (index) => client.putFile(pathOf(index), contents.bytes(index, smallBytes(index))));
  // A read takes one of the two.
  await inFlight(small * SHARDS_PER_SMALL_FILE, DEPTH, (index) => client.getFile(pathOf(index)));
  await inFlight(small, DEPTH, (index) => client.stat(pathOf(index)));
  for (const redundancy of REDUNDANCIES) {
    const parent = `/warm-up/${redundancy}`;
    await client.mkdir(parent, { layout: { redundancy } });
    await inFlight(files, DEPTH, (index) => client.putFile(`${parent}/${index}`, contents.bytes(index, FILE_BYTES)));
    await inFlight(files, DEPTH, (index) => client.getFile(`${parent}/${index}`));
  }
}

/** The same operations on the ceiling. */
export async function warmCeiling(
  rig: CeilingRig,
  servers: number,
  { shardsPerServer, files }: WarmUpPlan,
  contents: Contents,
): Promise<void> {
  const places: Place[] = [];
  const small = shardsPerServer * servers;
  await inFlight(small, DEPTH, async (index) => {
    places[index] = await rig.write(contents.bytes(index, smallBytes(index)), true);
  });
  await inFlight(small, DEPTH, (index) => rig.read(places[index] as Place, smallBytes(index)));
  const large = files * REDUNDANCIES.length;
  await inFlight(large, DEPTH, async (index) => {
    places[index] = await rig.write(contents.bytes(index, FILE_BYTES), true);
    await rig.write(contents.bytes(index, FILE_BYTES), false);
  });
  await inFlight(large, DEPTH, (index) => rig.read(places[index] as Place, FILE_BYTES, index % 2 === 0));
  await rig.empty();
}
