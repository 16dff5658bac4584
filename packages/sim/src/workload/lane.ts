import type { Client } from '@tessera/client';
import { type Clock, sleep } from '@tessera/env';
import type { Draw } from '../draw.js';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import type { DirectoryPlan, WorkloadPlan } from '../plan.js';
import { Actor } from './actor.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { OPERATION_WEIGHTS, OPERATIONS } from './operations/operations.js';
import { Territory } from './territory.js';
import { Turn } from './turn.js';

/** With more operations without an answer in it, a territory says too little: the lane moves on to a new one. */
const UNANSWERED_MAX = 3;

export interface LaneOptions {
  name: string;
  client: Client;
  clock: Clock;
  draw: Draw;
  books: Books;
  plan: WorkloadPlan;
  /** Where its territories lie. */
  parent: string;
  directory: DirectoryPlan;
}

/** One sequence of random operations in territories that nobody else touches, each answer checked at once. */
export class Lane {
  readonly territories: Territory[] = [];
  readonly #options: LaneOptions;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  get client(): Client {
    return this.#options.client;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    const { clock, draw, plan } = this.#options;
    let actor = await this.#settle();
    for (let turn = 0; turn < plan.operationsPerLane; turn++) {
      await sleep(clock, draw.upTo(plan.thinkMsMax));
      if (actor.territory.worlds.unanswered > UNANSWERED_MAX) actor = await this.#settle();
      const operation = OPERATIONS[draw.weighted(OPERATION_WEIGHTS)];
      await operation(new Turn(actor, draw, plan));
    }
  }

  /** Makes a new territory, however often that takes. */
  async #settle(): Promise<Actor> {
    const { name, client, books, parent, directory } = this.#options;
    const territory = new Territory(`${parent}/${name}.${this.territories.length}`, directory);
    for (;;) {
      try {
        await client.mkdir(territory.root, { parents: true });
        this.territories.push(territory);
        return new Actor({ client, books, territory, mayFail: true });
      } catch (thrown) {
        const error = codedError(thrown);
        const meaning = meaningOf(error.code);
        if (meaning !== 'unanswered' && meaning !== 'not done') {
          throw new OracleViolation(`cannot make ${territory.root}: ${error.message}`, { cause: error });
        }
        books.count(`settling: ${error.code}`);
      }
    }
  }
}
