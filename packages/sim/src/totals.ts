import type { SimulationReport } from './report.js';

/** What many runs came to, for people: a line of totals, then operations and faults by kind. */
export function totalsOf(reports: readonly SimulationReport[], realSeconds: number): string {
  const sum = (figure: (report: SimulationReport) => number) => reports.reduce((total, one) => total + figure(one), 0);
  const virtualSeconds = sum((report) => report.virtualMs) / 1000;
  const lines = [
    `${sum(({ operations }) => countOf(operations))} operations, ${sum(({ kinds }) => countOf(kinds))} faults, ` +
      `${sum(({ crashes }) => crashes)} crashes, ` +
      `${sum(({ files }) => files)} files, ${sum(({ shards }) => shards)} shards and ${sum(({ torn }) => torn)} torn ones, ` +
      `${sum(({ undecided }) => undecided)} histories undecided, ` +
      `${Math.round(virtualSeconds)} virtual s in ${realSeconds.toFixed(1)} s ` +
      `(${(virtualSeconds / realSeconds).toFixed(1)} : 1)`,
  ];
  for (const [what, title] of [
    ['operations', 'operations'],
    ['kinds', 'faults, by kind'],
    ['faults', 'faults, by what happened'],
  ] as const) {
    const counts = new Map<string, number>();
    for (const report of reports) {
      for (const [kind, count] of Object.entries(report[what])) counts.set(kind, (counts.get(kind) ?? 0) + count);
    }
    lines.push(`${title}:`);
    for (const [kind, count] of [...counts].sort()) lines.push(`${String(count).padStart(8)} ${kind}`);
  }
  return lines.join('\n');
}

function countOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
