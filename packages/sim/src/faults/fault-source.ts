import type { EnvCall, Fault, SimulatedWorld } from '@tessera/env/simulated';
import type { SimulatedCluster } from '../cluster/cluster.js';
import type { Draw } from '../draw.js';
import type { FaultBudget } from './fault-budget.js';

/** One kind of trouble. It draws from its own stream, so that adding a source leaves the others as they were. */
export interface FaultSource {
  /** Its trouble begins, anew if it had begun before: a run starts it several times. */
  start(): void;
  /** Nothing new happens, and what it has broken and nobody else mends is whole again. */
  stop(): void;
  /** What befalls a call into the environment. */
  strike?(call: EnvCall): Fault | undefined;
}

/** What a source works with. */
export interface FaultStage {
  readonly world: SimulatedWorld;
  readonly cluster: SimulatedCluster;
  readonly draw: Draw;
  /** Ask it before durable bytes are destroyed. */
  readonly budget: FaultBudget;
  /** Asked before each occurrence of a source: false when a smaller run is to do without this one. */
  begins(): boolean;
  /** Notes that a fault has happened: what, for people. */
  tally(what: string): void;
}
