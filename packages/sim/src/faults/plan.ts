import type { NetworkSettings } from '@tessera/env/simulated';
import type { Draw } from '../draw.js';
import { type BudgetPlan, planBudget } from './fault-budget.js';

/** The kinds of trouble that a run has or has not; each is an entry of the plan with an amount, and a source. */
export const FAULT_KINDS = [
  'callCrashes',
  'startCrashes',
  'answerCrashes',
  'outages',
  'stops',
  'partitions',
  'rot',
  'misdirectedWrites',
  'rolledBackDisks',
  'lostDisks',
  'viewRot',
  'diskErrors',
  'readErrors',
  'fullDisks',
  'slowDisks',
  'hungDisks',
  'slowLinks',
  'pauses',
  'restartLoops',
  'clientDeaths',
  'clockJumps',
  'weather',
] as const satisfies (keyof FaultPlan)[];

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Which trouble a seed brings, and how much of it at most each time that it begins. */
export interface FaultPlan {
  /** From before the first start of the cluster; else only once it is whole. */
  fromStart: boolean;
  /** Share of crashes that are power losses of the host; the rest kill the process alone. */
  powerShare: number;
  /** What died comes back within this. */
  restartMsMax: number;
  /** Crashes at a call into the environment, with pauses of up to `gapMsMax`. */
  callCrashes: Recurrence;
  /** How many daemons may be down for a crash at a call to strike another; 0 = all. */
  downMax: number;
  /** Chance that a daemon that has just been started crashes at one of its first calls. */
  startCrashes: number;
  /** Power losses at the moment when a client hears that something is done, or what others may be changing. */
  answerCrashes: number;
  /** Several daemons, or all, at the same moment. */
  outages: Recurrence;
  /** Daemons that are told to stop, and started again. */
  stops: Recurrence;
  /** Hosts that do not hear of each other for a while. */
  partitions: Recurrence;
  /** What faults may destroy, all of them together. */
  budget: BudgetPlan;
  /** Bits that turn over on the disks that the budget names. */
  rot: Recurrence;
  /** Their writes that land elsewhere. */
  misdirectedWrites: Recurrence;
  /** They go back to what they were some time ago, every second time. */
  rolledBackDisks: Recurrence;
  /** They are gone for good, with their hosts or alone. */
  lostDisks: Recurrence;
  /** Bits that turn over in what the metaserver can build anew from its journal. */
  viewRot: Recurrence;
  /** How often, in the end, the metaserver's disk is damaged while it is off. */
  metaserverDamages: number;
  /** Writes and syncs that fail. */
  diskErrors: Recurrence;
  /** Reads that fail, once each. */
  readErrors: Recurrence;
  fullDisks: Recurrence;
  slowDisks: Recurrence;
  hungDisks: Recurrence;
  /** Ways between two hosts that are slow for a while. */
  slowLinks: Recurrence;
  /** Processes that stand still for a while, and go on. */
  pauses: Recurrence;
  pauseMsMax: number;
  /** Daemons that die soon after each of several starts. */
  restartLoops: Recurrence;
  clientDeaths: Recurrence;
  /** Wall clocks that jump, either way. */
  clockJumps: Recurrence;
  weather: Partial<NetworkSettings>;
  /** Before the last power loss every daemon is stopped and started in order. */
  stopAtEnd: boolean;
  /** Occurrences that a smaller run does without, by name: a kind and which of its occurrences. */
  without: readonly string[];
}

export interface Recurrence {
  times: number;
  gapMsMax: number;
}

/** The kinds that a plan has some of. */
export function kindsOf(plan: FaultPlan): FaultKind[] {
  return FAULT_KINDS.filter((kind) => {
    const amount = plan[kind];
    if (typeof amount === 'number') return amount > 0;
    return 'times' in amount ? amount.times > 0 : Object.values(amount).some((value) => value > 0);
  });
}

const HOUR_MS = 3_600_000;

/** At least `kindsMin` kinds, where the cluster lets that many happen. `redundancies` are those of all its layouts. */
export function planFaults(
  draw: Draw,
  {
    chunkserverHosts,
    redundancies,
    minutes,
    kindsMin,
  }: { chunkserverHosts: readonly string[]; redundancies: readonly string[]; minutes: number; kindsMin: number },
): FaultPlan {
  const plan = drawFaults(draw, planBudget(draw, chunkserverHosts, redundancies), minutes);
  const kinds = kindsOf(plan);
  const absent = FAULT_KINDS.filter((kind) => !kinds.includes(kind) && !isImpossible(plan[kind]));
  for (const kind of draw.some(absent, kindsMin - kinds.length)) addSome(draw, plan, kind);
  return plan;
}

/** Leaves that share of what recurs, and at least one of each. */
export function thin(plan: FaultPlan, share: number): void {
  if (share >= 1) return;
  for (const kind of FAULT_KINDS) {
    const amount = plan[kind];
    if (typeof amount === 'object' && 'times' in amount) amount.times = Math.ceil(amount.times * share);
  }
  plan.answerCrashes = Math.ceil(plan.answerCrashes * share);
}

/** A recurrence without even a pause is one that must not happen. */
function isImpossible(amount: FaultPlan[FaultKind]): boolean {
  return typeof amount === 'object' && 'times' in amount && amount.gapMsMax === 0;
}

function addSome(draw: Draw, plan: FaultPlan, kind: FaultKind): void {
  if (kind === 'startCrashes') plan.startCrashes = 0.2;
  else if (kind === 'weather') plan.weather = planWeather(draw);
  else if (kind === 'answerCrashes') plan.answerCrashes = 1;
  else plan[kind] = { ...plan[kind], times: 1 + draw.below(3) };
}

function drawFaults(draw: Draw, budget: BudgetPlan, minutes: number): FaultPlan {
  const recurrence = (times: readonly number[], gapsMsMax = [300, 2_000, 6_000]): Recurrence => ({
    times: draw.of(times),
    gapMsMax: draw.of(gapsMsMax),
  });
  // Without a host that may be harmed it must not happen.
  const destructive = (...how: Parameters<typeof recurrence>): Recurrence =>
    budget.hosts.length > 0 ? recurrence(...how) : { times: 0, gapMsMax: 0 };
  return {
    fromStart: draw.chance(0.3),
    powerShare: draw.of([0.2, 0.5, 0.8, 1]),
    restartMsMax: draw.of([50, 1_000, 10_000]),
    callCrashes: recurrence([4, 10, 20, 30]),
    downMax: draw.of([1, 2, 3, 0]),
    startCrashes: draw.of([0, 0.2, 0.5]),
    answerCrashes: draw.of([1, 3, 6]),
    outages: recurrence([0, 1, 3]),
    stops: recurrence([0, 1, 3]),
    partitions: recurrence([0, 0, 2]),
    budget,
    rot: destructive([0, 0, 20, 200], [50, 500]),
    misdirectedWrites: destructive([0, 0, 0, 4, 20], [500, 2_000]),
    rolledBackDisks: destructive([0, 0, 2]),
    lostDisks: destructive([0, 0, 1], [2_000, 10_000]),
    viewRot: recurrence([0, 0, 4, 12]),
    metaserverDamages: draw.of([0, 1, 2]),
    diskErrors: recurrence([0, 0, 2, 6]),
    readErrors: recurrence([0, 0, 3, 10]),
    fullDisks: recurrence([0, 0, 3, 10]),
    slowDisks: recurrence([0, 0, 3]),
    hungDisks: recurrence([0, 0, 1, 3]),
    slowLinks: recurrence([0, 0, 3, 10]),
    pauses: recurrence([0, 0, 0, 1, 3]),
    // All others go on meanwhile: a short run would be mostly that.
    pauseMsMax: draw.of(minutes * 60_000 >= HOUR_MS ? [5_000, 60_000, HOUR_MS] : [5_000, 5_000, 60_000]),
    restartLoops: recurrence([0, 0, 0, 1]),
    clientDeaths: recurrence([0, 0, 3]),
    clockJumps: recurrence([0, 0, 5]),
    weather: draw.chance(0.5) ? planWeather(draw) : {},
    stopAtEnd: draw.chance(0.5),
    without: [],
  };
}

function planWeather(draw: Draw): Partial<NetworkSettings> {
  return {
    lossChance: draw.of([0, 0.005, 0.02]),
    duplicateChance: draw.of([0, 0.01, 0.05]),
    breakChance: draw.of([0, 0.002]),
    stragglerChance: draw.of([0.01, 0.05]),
    stragglerDelayMsMax: draw.of([20, 500, 3_000]),
  };
}
