import { INLINE_BYTES_MAX } from '@tessera/protocol';
import type { Mutation } from '../model/mutation.js';
import type { Worker } from '../workload/worker.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';

/** One answer in so many, at most, is followed by a crash. */
const ANSWERS_BETWEEN_MAX = 40;
const LARGE_WEIGHT = 2;
/** How often what a client has read is followed by a crash, as long as any are left. */
const SEEN_SHARE = 0.05;
/** The same when others wait for answers that the reader may have seen the effects of. */
const SEEN_EARLY_SHARE = 0.7;
/** How often those who wait die too, so that nobody asks again for what the crash may have taken. */
const AUTHORS_DIE_SHARE = 0.7;
/** Crashes at the answers of reads, for each at the answer of a mutation: few reads have met what is not durable. */
const SEEN_TIMES = 2;

/**
 * Power losses at the moment when a client hears that a mutation is done, or what others are about to be told: whatever
 * that word rests on and is not yet durable goes.
 */
export class AnswerCrashes implements FaultSource {
  readonly #stage: FaultStage;
  readonly #plan: FaultPlan;
  #left = 0;
  #seenLeft = 0;
  #answersLeft = 0;

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    this.#plan = plan;
  }

  start(): void {
    this.#left = this.#plan.answerCrashes;
    this.#seenLeft = SEEN_TIMES * this.#plan.answerCrashes;
    this.#answersLeft = this.#draw();
  }

  stop(): void {
    this.#left = 0;
    this.#seenLeft = 0;
  }

  /** A mutation was answered with success. Those that brought data rest on the most disks. */
  answered(mutation: Mutation): void {
    if (this.#left === 0) return;
    const isLarge = mutation.type === 'put' && mutation.tag.bytes > INLINE_BYTES_MAX;
    this.#answersLeft -= isLarge ? LARGE_WEIGHT : 1;
    if (this.#answersLeft > 0 || (!isLarge && this.#stage.draw.chance(0.8))) return;
    this.#left--;
    this.#answersLeft = this.#draw();
    const { cluster, draw, begins, tally } = this.#stage;
    const [metaserver, ...chunkservers] = cluster.daemons;
    const victims = {
      everything: cluster.daemons,
      'the metaserver': metaserver ? [metaserver] : [],
      chunkservers: draw.some(chunkservers, 1 + draw.below(chunkservers.length)),
    };
    const which = draw.weighted({ everything: 3, 'the metaserver': 1, chunkservers: 2 });
    if (!begins()) return;
    tally(`power of ${which} at an answer`);
    for (const daemon of victims[which]) daemon.crash('power');
  }

  /**
   * A read was answered: what it told may not be durable, if it was told too early. `authors` wait for answers to
   * mutations that the read may have met.
   */
  seen(authors: readonly Worker[]): void {
    const { draw, cluster, begins, tally } = this.#stage;
    if (this.#seenLeft === 0 || !draw.chance(authors.length > 0 ? SEEN_EARLY_SHARE : SEEN_SHARE)) return;
    this.#seenLeft--;
    const dying = draw.chance(AUTHORS_DIE_SHARE) ? authors : [];
    if (!begins()) return;
    tally('power of the metaserver at the answer of a read');
    cluster.daemons[0]?.crash('power');
    for (const author of dying) {
      tally('death of a client that waits for an answer');
      author.crash();
    }
  }

  #draw(): number {
    return 1 + this.#stage.draw.below(ANSWERS_BETWEEN_MAX);
  }
}
