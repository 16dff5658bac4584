import { INLINE_BYTES_MAX } from '@tessera/protocol';
import type { Mutation } from '../model/mutation.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';

/** One answer in so many, at most, is followed by a crash. */
const ANSWERS_BETWEEN_MAX = 40;
const LARGE_WEIGHT = 2;
/** How often what a client has read is followed by a crash, as long as any are left. */
const SEEN_SHARE = 0.05;

/**
 * Power losses at the moment when a client hears that a mutation is done: whatever that word rests on and is not yet
 * durable goes.
 */
export class AnswerCrashes implements FaultSource {
  readonly #stage: FaultStage;
  #left: number;
  #seenLeft: number;
  #answersLeft: number;
  #isOn = false;

  constructor(stage: FaultStage, { answerCrashes }: FaultPlan) {
    this.#stage = stage;
    this.#left = answerCrashes;
    this.#seenLeft = answerCrashes;
    this.#answersLeft = this.#draw();
  }

  start(): void {
    this.#isOn = true;
  }

  stop(): void {
    this.#isOn = false;
  }

  /** A mutation was answered with success. Those that brought data rest on the most disks. */
  answered(mutation: Mutation): void {
    if (!this.#isOn || this.#left === 0) return;
    const isLarge = mutation.type === 'put' && mutation.tag.bytes > INLINE_BYTES_MAX;
    this.#answersLeft -= isLarge ? LARGE_WEIGHT : 1;
    if (this.#answersLeft > 0 || (!isLarge && this.#stage.draw.chance(0.8))) return;
    this.#left--;
    this.#answersLeft = this.#draw();
    const { cluster, draw, tally } = this.#stage;
    const [metaserver, ...chunkservers] = cluster.daemons;
    const victims = {
      everything: cluster.daemons,
      'the metaserver': metaserver ? [metaserver] : [],
      chunkservers: draw.some(chunkservers, 1 + draw.below(chunkservers.length)),
    };
    const which = draw.weighted({ everything: 3, 'the metaserver': 1, chunkservers: 2 });
    tally(`power of ${which} at an answer`);
    for (const daemon of victims[which]) daemon.crash('power');
  }

  /** A read was answered: what it told may not be durable, if it was told too early. */
  seen(): void {
    if (!this.#isOn || this.#seenLeft === 0 || !this.#stage.draw.chance(SEEN_SHARE)) return;
    this.#seenLeft--;
    this.#stage.tally('power of the metaserver at the answer of a read');
    this.#stage.cluster.daemons[0]?.crash('power');
  }

  #draw(): number {
    return 1 + this.#stage.draw.below(ANSWERS_BETWEEN_MAX);
  }
}
