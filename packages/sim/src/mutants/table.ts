import type { Hunted } from './hunt.js';

/** The median number of seeds that a hunt took; undefined when at least half of the hunts caught nothing. */
export function medianSeeds({ catches }: Pick<Hunted, 'catches'>): number | undefined {
  const seeds = catches.map((one) => one.seeds ?? Number.POSITIVE_INFINITY).sort((left, right) => left - right);
  const median = seeds[Math.floor(seeds.length / 2)];
  return median === undefined || median === Number.POSITIVE_INFINITY ? undefined : median;
}

/** What was hunted, as a table in Markdown. */
export function mutantTable(hunted: readonly Hunted[]): string {
  const rows = hunted.map((hunt) => {
    const { mutant, catches } = hunt;
    const each = catches.map(({ seeds }) => seeds ?? '–').join(', ');
    const oracle = catches.find(({ violation }) => violation !== undefined)?.violation ?? '';
    return `| ${mutant.title} | ${medianSeeds(hunt) ?? 'not caught'} | ${each} | ${oracle.slice(0, 110).replaceAll('|', '/')} |`;
  });
  return ['| mutant | median | seeds, each start | found, the first time |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}
