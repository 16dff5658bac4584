import type { Violation } from '../report.js';

/** What a run under chaos came to. */
export interface ChaosReport {
  seed: string;
  seconds: number;
  rounds: number;
  /** Operations by name and how they ended. */
  operations: Record<string, number>;
  /** Faults by kind. */
  faults: Record<string, number>;
  /** Incarnations of daemons. */
  daemonStarts: number;
  /** Disks that were full in the end. */
  fullDisks: number;
  /** Files that the namespace held in the end. */
  files: number;
  /** Bytes that clients were given under faults, each compared with what may be there. */
  bytesComparedUnderFaults: number;
  /** Bytes that were read back once faults had stopped, each compared. */
  bytesReadBack: number;
  /** Histories of several clients for which the search of an order came to no end: nothing is known of them. */
  undecided: number;
  /** What an oracle found; undefined when the run passed. */
  violation: Violation | undefined;
  /** Where the daemons' data and logs are, when it did not. */
  directory: string | undefined;
}

/** For people: a line of totals, then operations and faults by kind. */
export function chaosTotals(report: ChaosReport): string {
  const { seed, seconds, rounds, daemonStarts, fullDisks, files, undecided } = report;
  const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return [
    `seed ${seed}: ${rounds} rounds in ${seconds.toFixed(0)} s, ${sumOf(report.operations)} operations, ` +
      `${sumOf(report.faults)} faults of ${Object.keys(report.faults).length} kinds, ${daemonStarts} starts of daemons, ` +
      `${fullDisks} full disks, ${files} files, ${mebibytes(report.bytesComparedUnderFaults)} compared under faults, ` +
      `${mebibytes(report.bytesReadBack)} read back and compared afterwards, ${undecided} histories undecided`,
    'operations:',
    ...lines(report.operations),
    'faults:',
    ...lines(report.faults),
  ].join('\n');
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function lines(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, count]) => `${String(count).padStart(8)} ${kind}`);
}
