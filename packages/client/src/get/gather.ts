import type { Clock, Timer } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import type { Scope } from '../scope.js';

export interface GatherOptions<T> {
  /** Results wanted. */
  readonly needed: number;
  /** In order of preference; `needed` of them start at once. */
  readonly tasks: readonly (() => Promise<T>)[];
  readonly clock: Clock;
  readonly scope: Scope;
  /** After so many milliseconds without all results, while tasks are left, `onSlow` is asked whether to start one more. */
  readonly slowAfterMs: number;
  onSlow(): boolean;
  /** Told each failure; true ends the gathering with it. */
  onFailure(error: TesseraError, task: number): boolean;
}

/** Too few tasks succeeded. */
export class GatherFailure extends Error {
  readonly succeeded: number;
  constructor(succeeded: number) {
    super(`only ${succeeded} tasks succeeded`);
    this.name = 'GatherFailure';
    this.succeeded = succeeded;
  }
}

/**
 * Runs tasks until `needed` have succeeded: each that fails is replaced by the next, and so is, once, the slowest. What is
 * still running then goes unheeded.
 * @throws GatherFailure when too few succeed; TesseraError: the scope's end, or a failure that `onFailure` ends it with
 */
export function gather<T>(options: GatherOptions<T>): Promise<T[]> {
  const { needed, tasks, clock, scope } = options;
  if (needed === 0) return Promise.resolve([]);
  return new Promise((resolve, reject) => {
    const results: T[] = [];
    let started = 0;
    let running = 0;
    let timer: Timer | undefined;
    let done = false;
    const finish = () => {
      done = true;
      timer?.cancel();
      scope.offEnd(onEnd);
    };
    const fail = (error: Error) => {
      if (done) return;
      finish();
      reject(error);
    };
    const onEnd = (error: TesseraError) => fail(error);
    const start = () => {
      const index = started++;
      running++;
      (tasks[index] as () => Promise<T>)().then(
        (value) => {
          running--;
          if (done) return;
          results.push(value);
          if (results.length < needed) return;
          finish();
          resolve(results);
        },
        (thrown) => {
          running--;
          if (done) return;
          const error = TesseraError.from(thrown);
          if (options.onFailure(error, index)) fail(error);
          else if (started < tasks.length) start();
          else if (results.length + running < needed) fail(new GatherFailure(results.length));
        },
      );
    };
    scope.onEnd(onEnd);
    if (done) return;
    if (tasks.length < needed) {
      fail(new GatherFailure(0));
      return;
    }
    for (let count = 0; count < needed; count++) start();
    if (tasks.length > needed) {
      timer = clock.schedule(options.slowAfterMs, () => {
        // Asked only when there is another to start: saying yes takes from a budget.
        if (!done && started < tasks.length && options.onSlow()) start();
      });
    }
  });
}
