import type { NetworkSettings } from '@tessera/env/simulated';
import type { Draw } from '../draw.js';

/** The kinds of trouble that a run has or has not; each is an entry of the plan with an amount, and a source. */
export const FAULT_KINDS = [
  'callCrashes',
  'startCrashes',
  'answerCrashes',
  'outages',
  'stops',
  'partitions',
  'bitRot',
  'diskErrors',
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
  /** Bits that turn over in the log of one chunkserver's disk. */
  bitRot: Recurrence;
  rottenHost: string;
  /** Writes and syncs that fail. */
  diskErrors: Recurrence;
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

/** At least `kindsMin` kinds, where the cluster lets that many happen. */
export function planFaults(
  draw: Draw,
  {
    chunkserverHosts,
    hasParity,
    kindsMin,
  }: { chunkserverHosts: readonly string[]; hasParity: boolean; kindsMin: number },
): FaultPlan {
  const plan = drawFaults(draw, chunkserverHosts, hasParity);
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

function drawFaults(draw: Draw, chunkserverHosts: readonly string[], hasParity: boolean): FaultPlan {
  const recurrence = (times: readonly number[], gapsMsMax = [300, 2_000, 6_000]): Recurrence => ({
    times: draw.of(times),
    gapMsMax: draw.of(gapsMsMax),
  });
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
    // Without parity nothing makes up for what has rotted.
    bitRot: hasParity ? recurrence([0, 0, 20, 200], [50, 500]) : { times: 0, gapMsMax: 0 },
    rottenHost: draw.of(chunkserverHosts),
    diskErrors: recurrence([0, 0, 2, 6]),
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
