import type { Clock } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { serverFailures } from '../cluster/server-failures.js';
import { OPERATIONS_PER_SET_MAX } from '../limits.js';
import type {
  Operation,
  OperationContext,
  OperationOutcome,
  OperationProgress,
  OperationSet,
  WaitOptions,
} from './api.js';

class RunningOperation<T> implements Operation<T> {
  readonly name: string;
  readonly #controller = new AbortController();
  #progress: OperationProgress = { done: 0, total: undefined };
  #outcome: OperationOutcome<T> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get progress(): OperationProgress {
    return this.#progress;
  }

  get outcome(): OperationOutcome<T> | undefined {
    return this.#outcome;
  }

  cancel(): void {
    if (this.#outcome === undefined) this.#controller.abort();
  }

  async run(work: (context: OperationContext) => Promise<T>): Promise<void> {
    const progress = (done: number, total?: number) => {
      this.#progress = { done, total: total ?? this.#progress.total };
    };
    try {
      const value = await work({ signal: this.#controller.signal, progress });
      this.#outcome = { operation: this, ok: true, value };
    } catch (thrown) {
      this.#outcome = { operation: this, ok: false, error: TesseraError.from(thrown), servers: serverFailures(thrown) };
    }
  }
}

export class RunningSet implements OperationSet {
  readonly #clock: Clock;
  readonly #running = new Set<RunningOperation<unknown>>();
  /** In the order of their ends. */
  #ended: OperationOutcome[] = [];
  /** Of those whose outcomes were handed out: nothing else is kept of them. */
  #handedOut: OperationProgress = { done: 0, total: 0 };
  readonly #watchers = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#running.size + this.#ended.length;
  }

  get progress(): OperationProgress {
    const ended = this.#ended.map(({ operation }) => operation);
    return [...ended, ...this.#running].reduce((sum, { progress }) => added(sum, progress), this.#handedOut);
  }

  start<T>(name: string, work: (context: OperationContext) => Promise<T>): Operation<T> {
    if (this.size >= OPERATIONS_PER_SET_MAX) {
      throw new TesseraError(
        'OVERLOADED',
        `the set holds ${OPERATIONS_PER_SET_MAX} operations already: take outcomes by any or some before more are started`,
      );
    }
    const operation = new RunningOperation<T>(name);
    this.#running.add(operation as RunningOperation<unknown>);
    void operation.run(work).then(() => {
      this.#running.delete(operation as RunningOperation<unknown>);
      this.#ended.push(operation.outcome as OperationOutcome);
      for (const watch of [...this.#watchers]) watch();
    });
    return operation;
  }

  async any(options?: WaitOptions): Promise<OperationOutcome | undefined> {
    await this.#until(() => this.#ended.length > 0 || this.#running.size === 0, options);
    return this.#handOut(1)[0];
  }

  async some(options?: WaitOptions): Promise<OperationOutcome[]> {
    await this.#until(() => this.#ended.length > 0 || this.#running.size === 0, options);
    return this.#handOut(this.#ended.length);
  }

  async all(options?: WaitOptions): Promise<OperationOutcome[]> {
    if (!(await this.#until(() => this.#running.size === 0, options))) {
      const names = [...this.#running].slice(0, 3).map(({ name }) => name);
      throw new TesseraError(
        'DEADLINE_EXCEEDED',
        `${this.#running.size} operations are still under way, such as ${names.join(', ')}; wait on, or cancel them`,
      );
    }
    return this.#handOut(this.#ended.length);
  }

  cancel(): void {
    for (const operation of this.#running) operation.cancel();
  }

  #handOut(count: number): OperationOutcome[] {
    const outcomes = this.#ended.splice(0, count);
    for (const { operation } of outcomes) this.#handedOut = added(this.#handedOut, operation.progress);
    return outcomes;
  }

  /** False: the time was over first. */
  #until(isReached: () => boolean, { timeoutMs }: WaitOptions = {}): Promise<boolean> {
    if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
      throw new TesseraError('INVALID_ARGUMENT', `timeoutMs is ${timeoutMs}; a number from 0 on is expected`);
    }
    if (isReached()) return Promise.resolve(true);
    if (timeoutMs === 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (reached: boolean) => {
        timer?.cancel();
        this.#watchers.delete(watch);
        resolve(reached);
      };
      const watch = () => {
        if (isReached()) finish(true);
      };
      const timer = timeoutMs === undefined ? undefined : this.#clock.schedule(timeoutMs, () => finish(false));
      this.#watchers.add(watch);
    });
  }
}

function added(a: OperationProgress, b: OperationProgress): OperationProgress {
  const total = a.total === undefined || b.total === undefined ? undefined : a.total + b.total;
  return { done: a.done + b.done, total };
}
