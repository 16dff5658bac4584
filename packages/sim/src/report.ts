import type { SimulationPlan } from './plan.js';

export interface SimulationReport {
  seed: string;
  plan: SimulationPlan;
  /** The same seed and code give the same. */
  traceHash: string;
  virtualMs: number;
  /** Calls of all processes into their environment. */
  calls: number;
  /** Operations by name and how they ended. */
  operations: Record<string, number>;
  /** Faults: what happened, how often. */
  faults: Record<string, number>;
  /** Faults by kind. */
  kinds: Record<string, number>;
  /** What it lacks of what its schedule promises, for people; undefined when nothing. */
  shortfall: string | undefined;
  crashes: number;
  /** Files that the namespace held in the end, and shards on disks. */
  files: number;
  shards: number;
  /** Shards of live stripes that were acknowledged unsynced and torn by a power loss. */
  torn: number;
  /** Histories of several clients for which the search of an order came to no end: nothing is known of them. */
  undecided: number;
  /** What an oracle found; undefined when the run passed. */
  violation: Violation | undefined;
}

export interface Violation {
  message: string;
  /** Stacks of the violation and what caused it. */
  detail: string;
}

export function violationOf(thrown: unknown): Violation {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const stacks: string[] = [];
  for (let at = thrown; at instanceof Error; at = at.cause) stacks.push(at.stack ?? at.message);
  return { message, detail: stacks.join('\ncaused by ') || message };
}
