import type { SimulationPlan } from './plan.js';

/** So many lines of a run are shown, its last ones. */
const LINES_MAX = 40;
/** Virtual time in front of a line. */
const AT = /^ *\d+\.\d+ /;
/** A directory that few use: the territory of a lane, what rivals share. */
const PLACE = /\/[a-z][\w-]*\/[\w.-]*\w/;
/** Faults, starts and ends of processes. */
const BEFELL = /^ *\d+\.\d+ (FAULT .*|[^:]* starts|[^:]* is gone \(.*\))$/;

/** What is left of a plan, in a few lines for people. */
export function planInWords({ cluster, workload, schedule, faults }: SimulationPlan): string {
  const { lanes, operationsPerLane, operationsPerRival, ranks, collectiveCalls, hermitTurns } = workload;
  const workers = [
    `${lanes} lanes of ${operationsPerLane} operations at ${workload.clients} clients`,
    ...(['rivals', 'coWriters', 'settlers'] as const)
      .filter((name) => workload[name] > 0)
      .map((name) => `${workload[name]} ${name} of ${operationsPerRival}`),
    ...(ranks > 0 ? [`${ranks} ranks of ${collectiveCalls} calls`] : []),
    ...(hermitTurns > 0 ? [`a hermit of ${hermitTurns} turns`] : []),
  ];
  const kinds = [...new Set(schedule.shifts.flatMap((shift) => shift.faults))];
  const left = faults.without.length === 0 ? '' : `, less ${faults.without.length} of their occurrences`;
  return [
    `cluster: a metaserver and ${cluster.chunkserverHosts.length} chunkservers`,
    `work, in ${schedule.shifts.length} shifts over ${schedule.minutes} minutes: ${workers.join(', ')}`,
    `faults: ${kinds.join(', ') || 'none'}${left}`,
  ].join('\n');
}

/**
 * The last lines of a run, each with its virtual time in front: what befell the cluster, and what was done in the place that
 * the violation names, if it names one. What comes several times in a row is told once.
 */
export function lastLines(lines: readonly string[], violation: string): string[] {
  const [place] = violation.match(PLACE) ?? [];
  const isWanted = (line: string) => place === undefined || BEFELL.test(line) || line.includes(place);
  const told: { line: string; times: number }[] = [];
  for (const line of lines.filter(isWanted)) {
    const last = told.at(-1);
    if (last !== undefined && last.line.replace(AT, '') === line.replace(AT, '')) last.times++;
    else told.push({ line, times: 1 });
  }
  return told.slice(-LINES_MAX).map(({ line, times }) => (times === 1 ? line : `${line} (${times} times)`));
}
