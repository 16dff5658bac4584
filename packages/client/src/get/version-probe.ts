import { toBigInt, type v1 } from '@tessera/protocol';
import type { OperationSink } from '../metadata/batcher.js';
import type { Scope, Scopes } from '../scope.js';

export interface VersionProbeParts {
  readonly scopes: Pick<Scopes, 'open'>;
  readonly batcher: OperationSink;
}

interface Answer {
  /** Which question it is to, counted from 1. */
  readonly question: number;
  readonly version: bigint;
}

/**
 * Asks which content version an open file has. A question serves everybody who began before it was put: its answer is as
 * new as one to a question of their own would be.
 */
export class VersionProbe {
  readonly #parts: VersionProbeParts;
  readonly #node: v1.NodeRef.$Properties;
  readonly #what: string;
  #asked = 0;
  #last: Answer | undefined;
  #underWay: Promise<bigint> | undefined;
  #next: Promise<bigint> | undefined;

  /** `what` is for messages. */
  constructor(parts: VersionProbeParts, node: v1.NodeRef.$Properties, what: string) {
    this.#parts = parts;
    this.#node = node;
    this.#what = what;
  }

  /** This moment, for `since`. */
  get now(): number {
    return this.#asked;
  }

  /** The version at some moment after `moment`. @throws TesseraError NOT_FOUND, UNAVAILABLE, …, the scope's end */
  async since(moment: number, scope: Scope): Promise<bigint> {
    if (this.#last !== undefined && this.#last.question > moment) return this.#last.version;
    if (this.#underWay === undefined) return scope.race(this.#ask());
    if (this.#asked > moment) return scope.race(this.#underWay);
    this.#next ??= this.#afterThat(this.#underWay);
    return scope.race(this.#next);
  }

  async #afterThat(underWay: Promise<bigint>): Promise<bigint> {
    await underWay.catch(() => {});
    this.#next = undefined;
    return this.#ask();
  }

  #ask(): Promise<bigint> {
    const question = ++this.#asked;
    const answer = this.#submit();
    this.#underWay = answer;
    answer.then(
      (version) => {
        this.#underWay = undefined;
        this.#last = { question, version };
      },
      () => {
        this.#underWay = undefined;
      },
    );
    return answer;
  }

  /** In a scope of its own: who shares the answer may give up alone. */
  async #submit(): Promise<bigint> {
    const scope = this.#parts.scopes.open(this.#what);
    try {
      const { attributes } = await this.#parts.batcher.submit('stat', { node: this.#node }, scope);
      return toBigInt(attributes?.contentVersion);
    } finally {
      scope.close();
    }
  }
}
