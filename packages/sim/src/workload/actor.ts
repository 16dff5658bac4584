import type { Client } from '@tessera/client';
import type { TesseraError } from '@tessera/protocol';
import type { Mutation, Refusal } from '../model/mutation.js';
import { describe } from '../model/mutation.js';
import type { Tree } from '../model/tree.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import type { Territory } from './territory.js';
import type { Worker } from './worker.js';

/** What a read came to: an answer, a refusal by the namespace, or the word that content is lost. */
export type Seen<T> = { readonly value: T } | { readonly refusal: Refusal } | { readonly lost: string };

/** A client at work in one territory: everything it is told goes to the oracles at once. */
export class Actor {
  readonly client: Client;
  /** Rejects when the client's process dies. */
  readonly died: Promise<never>;
  readonly books: Books;
  readonly territory: Territory;
  /** False once faults have stopped: nothing may fail then. */
  readonly #mayFail: boolean;

  constructor(options: { worker: Worker; books: Books; territory: Territory; mayFail: boolean }) {
    this.client = options.worker.client;
    this.died = options.worker.died;
    this.books = options.books;
    this.territory = options.territory;
    this.#mayFail = options.mayFail;
  }

  /** Asks for a mutation. Undefined when it was refused or nobody knows. @throws OracleViolation */
  async mutate<T>(mutation: Mutation, act: () => Promise<T>): Promise<T | undefined> {
    const { worlds } = this.territory;
    let result: T;
    try {
      result = await Promise.race([act(), this.died]);
    } catch (thrown) {
      if (thrown instanceof ClientDied) worlds.doubted(mutation);
      const error = this.books.failure(thrown);
      switch (meaningOf(error.code)) {
        case 'refused':
          worlds.answered(mutation, error.code as Refusal);
          break;
        case 'unanswered':
          worlds.doubted(mutation);
          this.#excuse(mutation.type, error);
          break;
        case 'not done':
          this.#excuse(mutation.type, error);
          break;
        default:
          throw this.#violation(`${describe(mutation)} failed`, error);
      }
      this.books.count(`${mutation.type}: ${error.code}`, () => this.#told(describe(mutation), error.code));
      return undefined;
    }
    worlds.answered(mutation);
    this.books.onAnswered(mutation);
    this.books.count(`${mutation.type}: done`, () => this.#told(describe(mutation), 'done'));
    return result;
  }

  /**
   * Looks at the namespace; only trees that explain what was seen are possible afterwards. Undefined when no answer with
   * a value came. @throws OracleViolation
   */
  async look<T>(
    what: string,
    act: () => Promise<T>,
    explains: (tree: Tree, seen: Seen<T>) => boolean,
    show: (value: T) => string,
  ): Promise<T | undefined> {
    const name = what.split(' ')[0] as string;
    let seen: Seen<T>;
    try {
      const value = await Promise.race([act(), this.died]);
      seen = { value };
      this.books.count(`${name}: done`, () => this.#told(what, show(value)));
    } catch (thrown) {
      const error = this.books.failure(thrown);
      this.books.count(`${name}: ${error.code}`, () => this.#told(what, error.code));
      const meaning = meaningOf(error.code);
      if (meaning === 'unexpected') throw this.#violation(`${what} failed`, error);
      if (meaning === 'unanswered' || meaning === 'not done') {
        this.#excuse(what, error);
        return undefined;
      }
      seen = meaning === 'lost' ? { lost: error.message } : { refusal: error.code as Refusal };
    }
    const { root, worlds } = this.territory;
    worlds.saw(
      (tree) => explains(tree, seen),
      () => `in ${root}: ${what} gave ${showSeen(seen, show)}, which nothing explains`,
    );
    return 'value' in seen ? seen.value : undefined;
  }

  #told(what: string, answer: string): string {
    return `in ${this.territory.root}: ${what}: ${answer}`;
  }

  #excuse(what: string, error: TesseraError): void {
    if (!this.#mayFail) throw this.#violation(`${what} failed though faults have stopped`, error);
  }

  #violation(what: string, error: TesseraError): OracleViolation {
    const { root } = this.territory;
    return new OracleViolation(`in ${root}: ${what}: ${error.code}: ${error.message}`, { cause: error });
  }
}

function showSeen<T>(seen: Seen<T>, show: (value: T) => string): string {
  if ('value' in seen) return show(seen.value);
  return 'refusal' in seen ? seen.refusal : `the word that content is lost (${seen.lost})`;
}
