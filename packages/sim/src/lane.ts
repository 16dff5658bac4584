import type { Client } from '@tessera/client';
import { type Clock, randomBelow, randomUnit, sleep } from '@tessera/env';
import type { SimulatedRandom } from '@tessera/env/simulated';
import { TesseraError } from '@tessera/protocol';
import { type ContentTag, contentOf } from './content.js';
import { OracleViolation, type PathOracle } from './oracle.js';
import type { SimulationPlan } from './plan.js';

/** Errors that a client may see while servers crash and messages vanish; any other is a violation. */
const EXCUSED: ReadonlySet<string> = new Set([
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'OUTCOME_UNKNOWN',
  'NOT_ENOUGH_SERVERS',
  'SESSION_EXPIRED',
  'OVERLOADED',
  'LEASE_CLOSED',
]);

const THINK_MS_MAX = 200;

export interface LaneCounts {
  operations: number;
  acknowledged: number;
  excused: Record<string, number>;
}

/** One sequence of random operations on paths that no other lane writes, each answer checked at once. */
export class Lane {
  readonly counts: LaneCounts = { operations: 0, acknowledged: 0, excused: {} };
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #random: SimulatedRandom;
  readonly #oracle: PathOracle;
  readonly #plan: SimulationPlan;
  readonly #directory: string;
  #nextName = 0;

  constructor(options: {
    client: Client;
    clock: Clock;
    random: SimulatedRandom;
    oracle: PathOracle;
    plan: SimulationPlan;
    directory: string;
  }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#oracle = options.oracle;
    this.#plan = options.plan;
    this.#directory = options.directory;
  }

  async run(): Promise<void> {
    for (let turn = 0; turn < this.#plan.operationsPerLane; turn++) {
      await sleep(this.#clock, randomBelow(this.#random, THINK_MS_MAX));
      this.counts.operations++;
      try {
        if (await this.#operate()) this.counts.acknowledged++;
      } catch (thrown) {
        if (thrown instanceof OracleViolation) throw thrown;
        throw new OracleViolation(`an operation failed in an unexpected way: ${String(thrown)}`, { cause: thrown });
      }
    }
  }

  async #operate(): Promise<boolean> {
    const dice = randomUnit(this.#random);
    const known = this.#oracle.certainFiles().filter((path) => path.startsWith(this.#directory));
    const some = known[randomBelow(this.#random, Math.max(1, known.length))];
    if (dice < 0.45 || some === undefined) return this.#put(this.#freshPath(), false);
    if (dice < 0.55) return this.#put(some, true);
    if (dice < 0.8) return this.#get(some);
    if (dice < 0.9) return this.#rename(some);
    return this.#remove(some);
  }

  async #put(path: string, replace: boolean): Promise<boolean> {
    const tag: ContentTag = {
      seed: `${path} ${this.counts.operations}`,
      bytes: randomBelow(this.#random, this.#plan.fileBytesMax),
    };
    return this.#mutate([[path, tag]], () => this.#client.putFile(path, contentOf(tag), { replace }));
  }

  async #rename(from: string): Promise<boolean> {
    const state = this.#oracle.certain(from) as ContentTag;
    const to = this.#freshPath();
    return this.#mutate(
      [
        [from, 'absent'],
        [to, state],
      ],
      () => this.#client.rename(from, to),
    );
  }

  async #remove(path: string): Promise<boolean> {
    return this.#mutate([[path, 'absent']], () => this.#client.remove(path));
  }

  async #get(path: string): Promise<boolean> {
    let content: Uint8Array;
    try {
      content = await this.#client.getFile(path);
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      if (error.code === 'NOT_FOUND') this.#oracle.checkAbsent(path);
      return this.#excuse(error);
    }
    this.#oracle.checkContent(path, content);
    return true;
  }

  async #mutate(effects: [string, ContentTag | 'absent'][], act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
    } catch (thrown) {
      for (const [path, state] of effects) this.#oracle.doubt(path, state);
      return this.#excuse(TesseraError.from(thrown));
    }
    for (const [path, state] of effects) this.#oracle.acknowledge(path, state);
    return true;
  }

  #excuse(error: TesseraError): false {
    if (!EXCUSED.has(error.code)) {
      throw new OracleViolation(`unexpected ${error.code}: ${error.message}`, { cause: error });
    }
    this.counts.excused[error.code] = (this.counts.excused[error.code] ?? 0) + 1;
    return false;
  }

  #freshPath(): string {
    return `${this.#directory}/${this.#nextName++}`;
  }
}
