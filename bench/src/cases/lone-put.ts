import type { BenchCase } from '../bench-case.js';
import { type FileRound, measureFileRound } from '../file-round.js';
import { besideCeiling } from '../phase.js';
import { type BenchResult, median, percentile } from '../result.js';

const REDUNDANCIES = ['copies-2', 'rs-4-2'];
const FILES = 400;

/** How long an application waits for one image to be safe when nothing else is under way. */
export const lonePut: BenchCase = {
  name: 'lone-put',
  summary: 'time for one synced put of 512 KiB, and for one read, nothing else under way',
  variants: REDUNDANCIES.map((redundancy) => `lone-put/${redundancy}`),
  isDefault: true,
  async run({ repetitions, isQuick, variants, stage, progress }) {
    const results: BenchResult[] = [];
    for (const redundancy of REDUNDANCIES) {
      const name = `lone-put/${redundancy}`;
      if (!variants.includes(name)) continue;
      const rounds: FileRound[] = [];
      for (let round = 0; round < repetitions; round++) {
        progress(`${name}, round ${round + 1} of ${repetitions}`);
        const count = isQuick ? FILES / 4 : FILES;
        rounds.push(await measureFileRound(await stage(), { name, redundancy, durability: 'synced', depth: 1, count }));
      }
      for (const kind of ['write', 'read'] as const) {
        const own = rounds.map((round) => round[kind]);
        const ceiling = rounds.map((round) => round.ceiling[kind]);
        const p50Ms = ({ latenciesMs }: { latenciesMs: readonly number[] }) => percentile(latenciesMs, 0.5);
        const taken = besideCeiling(`${name}/${kind}`, 'ms', own, ceiling, p50Ms);
        // Of times, less is more.
        const ratioToCeiling = median(own.map((phase, index) => p50Ms(ceiling[index] ?? phase) / p50Ms(phase)));
        results.push(...taken.map((result) => (result.ratioToCeiling ? { ...result, ratioToCeiling } : result)));
      }
    }
    return results;
  },
};
