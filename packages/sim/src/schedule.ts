import type { Draw } from './draw.js';
import type { FaultKind } from './faults/plan.js';

/** The standard schedule: that of CI and of the hunt for mutants. */
export const STANDARD_MINUTES = 5;
/** From here on a schedule is a long one. */
export const LONG_MINUTES = 60;

const OPERATIONS_STANDARD = 250;
const OPERATIONS_LONG = 1_000;
const FAULTS_MIN = 20;
export const FAULT_KINDS_MIN = 6;

/** Virtual minutes to one shift, and the least number of shifts. */
const MINUTES_PER_SHIFT = 5;
const SHIFTS_MIN = 2;
/** A shift begins within this share of its time. */
const BEGIN_SHARE = 0.5;
/** How many of a run's kinds of trouble a shift has, besides those that fall to it. */
const KINDS_SHARES = [0.2, 0.4, 0.8];

/** When clients work and which trouble there is then. In between they rest, and virtual time passes. */
export interface SchedulePlan {
  /** Virtual minutes from the beginning of the first shift to the end of all trouble, at least. */
  minutes: number;
  shifts: readonly ShiftPlan[];
  promise: Promised;
}

export interface ShiftPlan {
  /** It begins so long after the first one began, or when the one before has ended. */
  atMs: number;
  faults: readonly FaultKind[];
}

/** What a run comes to under faults, at least: a plan draws enough for it, and more shifts follow while it falls short. */
export interface Promised {
  operations: number;
  faults: number;
  kinds: number;
}

/** What has been done of what was promised. */
export type Done = Promised;

export function promisedBy(minutes: number): Promised {
  const share = Math.min(1, Math.max(0, (minutes - STANDARD_MINUTES) / (LONG_MINUTES - STANDARD_MINUTES)));
  const operations = Math.round(OPERATIONS_STANDARD + share * (OPERATIONS_LONG - OPERATIONS_STANDARD));
  return { operations, faults: FAULTS_MIN, kinds: FAULT_KINDS_MIN };
}

export function shiftsIn(minutes: number): number {
  return Math.max(SHIFTS_MIN, Math.round(minutes / MINUTES_PER_SHIFT));
}

/** Shifts at times of their own, each with its share of these kinds of trouble, so that all of them come up. */
export function planSchedule(draw: Draw, minutes: number, kinds: readonly FaultKind[]): SchedulePlan {
  const count = shiftsIn(minutes);
  const share = draw.of(KINDS_SHARES);
  const faults = Array.from({ length: count }, () => new Set(kinds.filter(() => draw.chance(share))));
  for (const kind of kinds) faults[draw.below(count)]?.add(kind);
  const eachMs = (minutes * 60_000) / count;
  const shifts = faults.map((some, index) => ({
    atMs: index === 0 ? 0 : (index + draw.upTo(BEGIN_SHARE)) * eachMs,
    faults: [...some],
  }));
  return { minutes, shifts, promise: promisedBy(minutes) };
}

/** What is missing of what was promised, for people; undefined when nothing is. */
export function shortfallOf(promise: Promised, done: Done): string | undefined {
  const missing = (['operations', 'faults', 'kinds'] as const)
    .filter((what) => done[what] < promise[what])
    .map((what) => `${done[what]} of ${promise[what]} ${what === 'kinds' ? 'kinds of faults' : what}`);
  return missing.length > 0 ? missing.join(', ') : undefined;
}
