import { OracleViolation } from '../oracle/violation.js';
import { describe, execute, type Mutation, type Refusal } from './mutation.js';
import { Tree } from './tree.js';

/** One way things may stand: the namespace, and the mutations without an answer that may still happen to it. */
interface World {
  readonly tree: Tree;
  readonly pending: readonly Mutation[];
}

/**
 * What a part of the namespace with one writer at a time may look like. A mutation without an answer happened at some
 * moment since it was asked for, happens later, or never happens; but no more than once, since every request has a
 * sequence. Each answer and each look at the namespace rules worlds out; when none is left, the system has lied.
 */
export class Worlds {
  #worlds: World[] = [{ tree: Tree.empty, pending: [] }];
  #unanswered = 0;

  /** Mutations that never had an answer: every one can double the worlds. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** The ways the namespace may look now. */
  trees(): Tree[] {
    return this.#closure().map(({ tree }) => tree);
  }

  /** One of them. */
  someTree(): Tree {
    return (this.#worlds[0] as World).tree;
  }

  /** A mutation was answered: done, or refused. @throws OracleViolation */
  answered(mutation: Mutation, refusal?: Refusal): void {
    this.#keep(
      this.#closure().flatMap(({ tree, pending }) => {
        const outcome = execute(tree, mutation);
        if ('refusal' in outcome) return outcome.refusal === refusal ? [{ tree, pending }] : [];
        return refusal === undefined ? [{ tree: outcome.tree, pending }] : [];
      }),
      () => `${describe(mutation)} was answered '${refusal ?? 'done'}', which nothing explains`,
    );
  }

  /** A mutation got no answer. */
  doubted(mutation: Mutation): void {
    this.#unanswered++;
    this.#worlds = this.#worlds.map(({ tree, pending }) => ({ tree, pending: [...pending, mutation] }));
  }

  /** A read saw what only some namespaces explain. @throws OracleViolation */
  saw(explains: (tree: Tree) => boolean, what: () => string): void {
    this.#keep(
      this.#closure().filter(({ tree }) => explains(tree)),
      what,
    );
  }

  /** Whoever asked is gone and nothing of theirs is under way: what has not happened by now never will. */
  settled(): void {
    this.#worlds = distinct(this.#closure().map(({ tree }) => ({ tree, pending: [] })));
  }

  #keep(left: readonly World[], what: () => string): void {
    if (left.length === 0) throw new OracleViolation(`${what()}\n${this.#describe()}`);
    this.#worlds = distinct(left);
  }

  /** The worlds after any of the pending mutations have happened, in any order. One that is refused may come again. */
  #closure(): World[] {
    const found = new Map<string, World>();
    const open = [...this.#worlds];
    for (let world = open.pop(); world !== undefined; world = open.pop()) {
      const key = keyOf(world);
      if (found.has(key)) continue;
      found.set(key, world);
      const { tree, pending } = world;
      for (const mutation of pending) {
        const outcome = execute(tree, mutation);
        if ('tree' in outcome) {
          open.push({ tree: outcome.tree, pending: pending.filter((other) => other !== mutation) });
        }
      }
    }
    return [...found.values()];
  }

  #describe(): string {
    const lines = this.#worlds.map(({ tree, pending }) => {
      const doubts = pending.map(describe).join(', ');
      return `  possible: ${tree.key || '(empty)'}${doubts && `; without answer: ${doubts}`}`;
    });
    return lines.join('\n');
  }
}

function distinct(worlds: readonly World[]): World[] {
  return worlds.length === 1 ? [...worlds] : [...new Map(worlds.map((world) => [keyOf(world), world])).values()];
}

function keyOf({ tree, pending }: World): string {
  return pending.length === 0 ? tree.key : `${tree.key} ? ${pending.map(describe).sort().join(' ? ')}`;
}
