import type { Place } from './ceiling/rig.js';
import { expectSame } from './contents.js';
import { ceilingBodies, FILE_BYTES } from './layouts.js';
import { flushPageCache } from './page-cache.js';
import { measurePhase, type Phase } from './phase.js';
import type { Stage } from './stage.js';

export interface FilePlan {
  name: string;
  redundancy: string;
  durability: 'synced' | 'written';
  depth: number;
  count: number;
}

/** Files of 512 KiB written into one directory at one depth, then read back. */
export interface Phases {
  write: Phase;
  read: Phase;
}

/** One round on the cluster beside one on the ceiling. */
export interface FileRound extends Phases {
  /** The same bytes over as many processes of the ceiling, just before. */
  ceiling: Phases;
  meanSegmentsPerStripe: number;
  physicalPerLogical: number;
}

export async function measureFileRound(stage: Stage, plan: FilePlan): Promise<FileRound> {
  const ceiling = await measureCeiling(stage, plan);
  await flushPageCache();
  const own = await measureCluster(stage, plan);
  await flushPageCache();
  return { ceiling, ...own };
}

async function measureCluster(
  { cluster, contents, freshDirectory }: Stage,
  { name, redundancy, durability, depth, count }: FilePlan,
): Promise<Omit<FileRound, 'ceiling'>> {
  const { client } = cluster;
  const parent = freshDirectory();
  await client.mkdir(parent, { layout: { redundancy, durability } });
  const plan = { count, depth, bytes: FILE_BYTES };
  const before = client.counters();
  const write = await measurePhase(cluster, { name: `${name}/write`, ...plan }, (index) =>
    client.putFile(`${parent}/${index}`, contents.bytes(index, FILE_BYTES)),
  );
  const after = client.counters();
  const read = await measurePhase(cluster, { name: `${name}/read`, ...plan }, async (index) => {
    expectSame(await client.getFile(`${parent}/${index}`), contents.bytes(index, FILE_BYTES));
  });
  return {
    write,
    read,
    meanSegmentsPerStripe:
      (after.segmentsWritten - before.segmentsWritten) / (after.stripesWritten - before.stripesWritten),
    physicalPerLogical:
      (after.physicalBytesWritten - before.physicalBytesWritten) /
      (after.logicalBytesWritten - before.logicalBytesWritten),
  };
}

async function measureCeiling(
  { rig, contents }: Stage,
  { name, redundancy, durability, depth, count }: FilePlan,
): Promise<Phases> {
  const places: Place[] = [];
  const plan = { count, depth, bytes: FILE_BYTES };
  const write = await measurePhase(rig, { name: `${name}/write`, ...plan }, async (index) => {
    const body = contents.bytes(index, FILE_BYTES);
    const written = Array.from({ length: ceilingBodies(redundancy, index) }, () =>
      rig.write(body, durability === 'synced'),
    );
    places[index] = (await Promise.all(written))[0] as Place;
  });
  const read = await measurePhase(rig, { name: `${name}/read`, ...plan }, async (index) => {
    expectSame(await rig.read(places[index] as Place, FILE_BYTES), contents.bytes(index, FILE_BYTES));
  });
  await rig.empty();
  return { write, read };
}
