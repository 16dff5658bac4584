import type { BenchCase } from '../bench-case.js';
import { startClientProcesses } from '../client-process/client-processes.js';
import { expectSame } from '../contents.js';
import { LARGE_BYTES, LARGE_BYTES_QUICK } from '../large-file.js';
import { flushPageCache } from '../page-cache.js';
import { cpuDetails, figures, measureWhole, megabytesPerSecond, type Phase } from '../phase.js';
import { type BenchResult, median } from '../result.js';
import type { Stage } from '../stage.js';

const PROCESSES = 8;
const PARTS = [
  { name: 'shared-file/1MiB', partBytes: 1024 * 1024 },
  { name: 'shared-file/64KiB', partBytes: 64 * 1024 },
];

/** Eight processes, each of which writes every eighth part of one file, beside the same eight with a file each. */
export const sharedFile: BenchCase = {
  name: 'shared-file',
  summary: `${PROCESSES} processes write disjoint strided parts of one 1 GiB file, rs-4-2; beside it a file for each`,
  variants: PARTS.map(({ name }) => name),
  isDefault: true,
  async run({ repetitions, isQuick, variants, stage, profiler, progress }) {
    const bytes = isQuick ? LARGE_BYTES_QUICK : LARGE_BYTES;
    const results: BenchResult[] = [];
    for (const { name, partBytes } of PARTS.filter((one) => variants.includes(one.name))) {
      const shared: Phase[] = [];
      const apart: Phase[] = [];
      for (let round = 0; round < repetitions; round++) {
        progress(`${name}, round ${round + 1} of ${repetitions}`);
        const set = await stage();
        const processes = await startClientProcesses(set.cluster, PROCESSES, profiler);
        try {
          const partsOf = (process: number) =>
            Array.from({ length: bytes / partBytes / PROCESSES }, (_, index) => index * PROCESSES + process);
          for (const [kind, into] of [
            ['warm-up', []],
            ['apart', apart],
            ['shared', shared],
          ] as const) {
            const pathOf = await makeFiles(set, kind === 'shared');
            const plan = { name: `${name}/${kind}`, operations: bytes / partBytes, bytes };
            const phase = await measureWhole(processes, plan, () =>
              processes.run((process) => ({
                kind: 'write-parts',
                path: pathOf(process),
                parts: partsOf(process),
                isDense: kind !== 'shared',
                partBytes,
              })),
            );
            (into as Phase[]).push(phase);
            if (kind === 'shared') await check(set, pathOf(0), bytes, partBytes);
            await flushPageCache();
          }
        } finally {
          await processes.stop();
        }
      }
      results.push(...summarise(name, shared, apart));
    }
    return results;
  },
};

/** Empty files in a new directory: one for all processes, or one for each. */
async function makeFiles({ cluster, freshDirectory }: Stage, isShared: boolean): Promise<(process: number) => string> {
  const parent = freshDirectory();
  await cluster.client.mkdir(parent, { layout: { redundancy: 'rs-4-2' } });
  const pathOf = (process: number) => `${parent}/${isShared ? 'shared' : process}`;
  for (let process = 0; process < (isShared ? 1 : PROCESSES); process++) {
    await cluster.client.putFile(pathOf(process), new Uint8Array(0));
  }
  return pathOf;
}

/** Byte for byte: part n of the file is part n of the content, whoever wrote it. */
async function check({ cluster, contents }: Stage, path: string, bytes: number, partBytes: number): Promise<void> {
  let offset = 0;
  for await (const piece of cluster.client.readStream(path)) {
    for (let at = 0; at < piece.length; ) {
      const part = Math.floor(offset / partBytes);
      const wanted = contents
        .bytes(part, partBytes)
        .subarray(offset % partBytes)
        .subarray(0, piece.length - at);
      expectSame(piece.subarray(at, at + wanted.length), wanted);
      at += wanted.length;
      offset += wanted.length;
    }
  }
  if (offset !== bytes) throw new Error(`${path} has ${offset} of ${bytes} bytes`);
}

function summarise(name: string, shared: readonly Phase[], apart: readonly Phase[]): BenchResult[] {
  const value = megabytesPerSecond;
  return [
    { name: `${name}/apart`, unit: 'MB/s', ...figures(apart, value), details: cpuDetails(apart) },
    {
      name,
      unit: 'MB/s',
      ...figures(shared, value),
      details: {
        'share of files apart': median(shared.map((phase, index) => value(phase) / value(apart[index] as Phase))),
        ...cpuDetails(shared),
      },
    },
  ];
}
