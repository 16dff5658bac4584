import type { Draw } from '../draw.js';
import type { DirectoryPlan, WorkloadPlan } from '../plan.js';
import { Actor } from './actor.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import { OPERATION_WEIGHTS, OPERATIONS } from './operations/operations.js';
import { Territory } from './territory.js';
import { Turn } from './turn.js';
import type { Worker } from './worker.js';

/** With more operations without an answer in it, a territory says too little: the lane moves on to a new one. */
const UNANSWERED_MAX = 3;

export interface LaneOptions {
  name: string;
  worker: Worker;
  draw: Draw;
  books: Books;
  plan: WorkloadPlan;
  /** Where its territories lie. */
  parent: string;
  directory: DirectoryPlan;
  /** How often each operation is drawn. */
  weights?: typeof OPERATION_WEIGHTS;
}

/** One sequence of random operations in territories that nobody else touches, each answer checked at once. */
export class Lane {
  readonly territories: Territory[] = [];
  readonly #options: LaneOptions;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get worker(): Worker {
    return this.#options.worker;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    const { worker, draw, plan } = this.#options;
    for (let turn = 0; turn < plan.operationsPerLane; turn++) {
      await worker.rest(draw.upTo(plan.thinkMsMax));
      await worker.connect();
      const territory = this.territories.at(-1);
      if (territory === undefined || territory.worlds.unanswered > UNANSWERED_MAX) await this.#settle();
      try {
        await this.#operate();
      } catch (thrown) {
        if (!(thrown instanceof ClientDied)) throw thrown;
      }
    }
  }

  async #operate(): Promise<void> {
    const { worker, books, draw, plan, weights = OPERATION_WEIGHTS } = this.#options;
    const actor = new Actor({ worker, books, territory: this.territories.at(-1) as Territory, mayFail: true });
    await OPERATIONS[draw.weighted(weights)](new Turn(actor, draw, plan));
  }

  /** Makes a new territory, however often that takes. */
  async #settle(): Promise<void> {
    const { name, worker, parent, directory } = this.#options;
    const territory = new Territory(`${parent}/${name}.${this.territories.length}`, directory);
    await worker.insist(`making ${territory.root}`, async (client) => {
      await client.mkdir(territory.root, { parents: true });
      return true;
    });
    this.territories.push(territory);
  }
}
