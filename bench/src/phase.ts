import { type CpuByRole, cpuByRole, cpuDifference, cpuTotal, type Roles } from './cpu.js';
import { inFlight } from './in-flight.js';
import { type BenchResult, median, percentile } from './result.js';

const GIB = 2 ** 30;

/** Whose processes take part in a phase, and whether it is to be profiled. */
export interface Subject {
  roles(): Roles;
  /** Runs `work` under the profilers of all processes, if profiles were asked for. */
  profiled<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** What is done `count` times, at most `depth` at once. */
export interface PhasePlan {
  name: string;
  count: number;
  depth: number;
  /** User bytes of one operation; 0 for what moves none. */
  bytes: number;
}

/** One measured stretch of work. */
export interface Phase {
  operations: number;
  bytes: number;
  seconds: number;
  cpu: CpuByRole;
  latenciesMs: readonly number[];
}

export function measurePhase(
  subject: Subject,
  { name, count, depth, bytes }: PhasePlan,
  work: (index: number) => Promise<unknown>,
): Promise<Phase> {
  return measureWhole(subject, { name, operations: count, bytes: count * bytes }, () => inFlight(count, depth, work));
}

/** The same for work that runs its operations itself and answers their latencies in ms, if it knows them. */
export function measureWhole(
  subject: Subject,
  { name, operations, bytes }: { name: string; operations: number; bytes: number },
  work: () => Promise<readonly number[]>,
): Promise<Phase> {
  return subject.profiled(name, async () => {
    const cpuBefore = cpuByRole(subject.roles());
    const from = performance.now();
    const latenciesMs = await work();
    const seconds = (performance.now() - from) / 1000;
    return { operations, bytes, seconds, cpu: cpuDifference(cpuByRole(subject.roles()), cpuBefore), latenciesMs };
  });
}

/** Operations per second. */
export function rate({ operations, seconds }: Phase): number {
  return operations / seconds;
}

/** MB (10^6 bytes) per second. */
export function megabytesPerSecond({ bytes, seconds }: Phase): number {
  return bytes / 1e6 / seconds;
}

/** Medians over phases of the same kind; latencies of all of them together. */
export function figures(
  phases: readonly Phase[],
  value: (phase: Phase) => number,
): Pick<BenchResult, 'value' | 'cpuSecondsPerGiB' | 'p50Ms' | 'p99Ms'> {
  const latencies = phases.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    value: median(phases.map(value)),
    ...(phases.every(({ bytes }) => bytes > 0) && {
      cpuSecondsPerGiB: median(phases.map(({ cpu, bytes }) => cpuTotal(cpu) / (bytes / GIB))),
    }),
    ...(latencies.length > 0 && { p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) }),
  };
}

/** CPU-seconds per GiB of each role, medians, as details of a result. */
export function cpuDetails(phases: readonly Phase[]): Record<string, number> {
  const roles = Object.keys(phases[0]?.cpu ?? {});
  return Object.fromEntries(
    roles.map((role) => [
      `${role} CPU-s/GiB`,
      median(phases.map(({ cpu, bytes }) => (cpu[role] ?? 0) / (bytes / GIB))),
    ]),
  );
}

/** CPU-microseconds per operation of each role, medians, as details of a result. */
export function cpuMicrosDetails(phases: readonly Phase[]): Record<string, number> {
  const roles = Object.keys(phases[0]?.cpu ?? {});
  return Object.fromEntries(
    roles.map((role) => [
      `${role} CPU-µs`,
      median(phases.map(({ cpu, operations }) => ((cpu[role] ?? 0) * 1e6) / operations)),
    ]),
  );
}

/** Results of phases beside those of the ceiling, each pair taken right after one another; the ceiling's own first. */
export function besideCeiling(
  name: string,
  unit: string,
  own: readonly Phase[],
  ceiling: readonly Phase[],
  value: (phase: Phase) => number = rate,
  details: Record<string, number> = {},
): BenchResult[] {
  const ceilings = figures(ceiling, value);
  const owns = figures(own, value);
  return [
    { name: `${name}/ceiling`, unit, ...ceilings },
    {
      name,
      unit,
      ...owns,
      ratioToCeiling: median(own.map((phase, index) => value(phase) / value(ceiling[index] as Phase))),
      details: {
        'CPU ÷ ceiling': (owns.cpuSecondsPerGiB ?? Number.NaN) / (ceilings.cpuSecondsPerGiB ?? Number.NaN),
        ...cpuDetails(own),
        ...details,
      },
    },
  ];
}
