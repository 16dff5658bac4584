import type { BenchCase } from '../bench-case.js';
import { type FileRound, measureFileRound } from '../file-round.js';
import { CHUNKSERVERS } from '../layouts.js';
import { besideCeiling } from '../phase.js';
import { type BenchResult, median } from '../result.js';

const REDUNDANCIES = ['copies-2', 'copies-3', 'rs-4-2'];
const DURABILITIES = ['synced', 'written'] as const;

/** About three seconds each on two cores. */
const FILES_BY_DEPTH: Readonly<Record<number, number>> = { 1: 300, 4: 600, 16: 1_000, 64: 1_200 };

interface Variant {
  name: string;
  redundancy: string;
  durability: (typeof DURABILITIES)[number];
  depth: number;
}

const VARIANTS: readonly Variant[] = REDUNDANCIES.flatMap((redundancy) =>
  DURABILITIES.flatMap((durability) =>
    Object.keys(FILES_BY_DEPTH).map((depth) => ({
      name: `small-files/${redundancy}/${durability}/${depth}`,
      redundancy,
      durability,
      depth: Number(depth),
    })),
  ),
);

/** Many images of 512 KiB in one directory, written and read warm. `files` of 0 takes as many as suit the depth. */
export function smallFiles(files: number): BenchCase {
  return {
    name: 'small-files',
    summary: `files of 512 KiB written, then read from the page cache, ${CHUNKSERVERS} chunkservers`,
    variants: VARIANTS.map(({ name }) => name),
    isDefault: true,
    async run({ repetitions, isQuick, variants, stage, progress }) {
      const results: BenchResult[] = [];
      for (const variant of VARIANTS.filter(({ name }) => variants.includes(name))) {
        const usual = FILES_BY_DEPTH[variant.depth] as number;
        const count = files > 0 ? files : isQuick ? Math.ceil(usual / 4) : usual;
        const rounds: FileRound[] = [];
        for (let round = 0; round < repetitions; round++) {
          progress(`${variant.name}, round ${round + 1} of ${repetitions}`);
          rounds.push(await measureFileRound(await stage(), { ...variant, count }));
        }
        results.push(...summarise(variant, rounds));
      }
      return results;
    },
  };
}

function summarise({ name }: Variant, rounds: readonly FileRound[]): BenchResult[] {
  const phases = (kind: 'write' | 'read') =>
    [rounds.map((round) => round[kind]), rounds.map(({ ceiling }) => ceiling[kind])] as const;
  return [
    ...besideCeiling(`${name}/write`, 'files/s', ...phases('write'), undefined, {
      'mean j': median(rounds.map((round) => round.meanSegmentsPerStripe)),
      'physical ÷ logical': median(rounds.map((round) => round.physicalPerLogical)),
    }),
    ...besideCeiling(`${name}/read`, 'files/s', ...phases('read')),
  ];
}
