import { type Random, randomBelow } from '../random.js';

/** Picks one of so many outcomes, from 0 on. */
export type Choose = (outcomes: number) => number;

interface Step {
  readonly outcomes: number;
  taken: number;
}

/**
 * Every way in which a run can go that makes choices, one after the other: run it, then ask `advance` whether there is
 * another way. What the run does until a choice must depend on the choices before it alone.
 */
export class ChoiceTree {
  readonly #steps: Step[] = [];
  #at = 0;

  readonly choose: Choose = (outcomes) => {
    const step = this.#steps[this.#at] ?? { outcomes, taken: 0 };
    if (step.outcomes !== outcomes) {
      throw new Error(`a choice of ${step.outcomes} was one of ${outcomes} the next time: the run is not the same`);
    }
    this.#steps[this.#at++] = step;
    return step.taken;
  };

  /** How many ways there are at least, judged by the present one. */
  get ways(): number {
    return this.#steps.reduce((product, { outcomes }) => product * outcomes, 1);
  }

  /** Goes over to the next way; false when there is none. */
  advance(): boolean {
    this.#at = 0;
    for (let last = this.#steps.at(-1); last !== undefined; last = this.#steps.at(-1)) {
      if (++last.taken < last.outcomes) return true;
      this.#steps.pop();
    }
    return false;
  }
}

/**
 * Runs `body` once for every way its choices can go; where there are more than `waysMax`, for so many drawn at random,
 * the one with the first outcome of each choice among them. Returns whether all were run.
 */
export async function everyWay(
  random: Random,
  waysMax: number,
  body: (choose: Choose) => Promise<void>,
): Promise<{ ways: number; all: boolean }> {
  const tree = new ChoiceTree();
  await body(tree.choose);
  let ways = 1;
  const all = tree.ways <= waysMax;
  while (ways < waysMax) {
    if (all && !tree.advance()) break;
    await body(all ? tree.choose : (outcomes) => randomBelow(random, outcomes));
    ways++;
  }
  return { ways, all };
}
