import type { Attributes, GetOutcome, ManyProgress, OperationOptions, PutOutcome, StatOutcome } from '@tessera/client';
import type { CommonsAction, CommonsAnswer } from '../model/commons/action.js';
import { statWord } from '../model/commons/look.js';
import { OracleViolation } from '../oracle/violation.js';
import type { Commons } from './commons.js';
import { made } from './settler-calls.js';
import { type Circumstances, drawPut } from './settler-draw.js';
import type { Worker } from './worker.js';

/** Who asks in a commons, and writes down what is heard. */
export interface Asker {
  readonly worker: Worker;
  readonly commons: Commons;
  readonly options: OperationOptions;
  /** Never rejects for what trouble explains. @throws OracleViolation */
  ask(action: CommonsAction, act: () => Promise<CommonsAnswer>, wasCancelled?: () => boolean): Promise<void>;
}

const FILES_MAX = 4;

/** What becomes of one of the files is heard of by itself. */
interface Waiting<Action> {
  readonly action: Action;
  readonly path: string;
  readonly answered: Promise<CommonsAnswer>;
  settle(answer: () => CommonsAnswer): void;
}

/** Several files by one call of `putMany`, `getMany` or `statMany`, each an operation of its own. @throws OracleViolation */
export async function askMany(asker: Asker, from: Circumstances): Promise<void> {
  const { commons, worker } = asker;
  const { draw, names } = from;
  const count = 1 + draw.below(FILES_MAX);
  const { client } = worker;
  const progress = new Progress(count);
  const options = { ...asker.options, concurrency: 1 + draw.below(FILES_MAX), onProgress: progress.heard };
  const drawn = <Action>(next: () => Action & { path: string }) =>
    Array.from({ length: count }, () => {
      const action = next();
      return waitingFor(action, commons.absolute(action.path));
    });
  switch (draw.of(['put', 'get', 'stat'] as const)) {
    case 'put': {
      const entries = drawn(() => drawPut(from)).map((waiting) => {
        const { tag, replace, makeParents, hints } = waiting.action;
        return { ...waiting, content: commons.expect(tag), replace, makeParents, hints };
      });
      const answer = ({ result }: Extract<PutOutcome, { ok: true }>) => made(commons, result.attributes);
      return heardOf(asker, entries, client.putMany(entries, options), answer, progress);
    }
    case 'get': {
      const entries = drawn(() => ({ type: 'get' as const, path: draw.of([...names, 'a']) }));
      const answer = ({ content, path }: Extract<GetOutcome, { ok: true }>) => ({
        word: commons.recognize(String(path), content),
      });
      return heardOf(asker, entries, client.getMany(entries, options), answer, progress);
    }
    case 'stat': {
      const entries = drawn(() => ({ type: 'stat' as const, path: draw.of([...names, 'a']), follow: true }));
      const answer = ({ attributes }: Extract<StatOutcome, { ok: true }>) => toldBy(attributes);
      return heardOf(asker, entries, client.statMany(entries, options), answer, progress);
    }
  }
}

type Outcome<Entry> = { readonly entry: Entry } & (
  | { readonly ok: true }
  | { readonly ok: false; readonly error: Error }
);

/** Every file has one outcome. */
async function heardOf<Entry extends Waiting<CommonsAction>, Of extends Outcome<Entry>>(
  { ask, worker }: Asker,
  entries: readonly Entry[],
  outcomes: AsyncIterable<Of>,
  answer: (outcome: Extract<Of, { ok: true }>) => CommonsAnswer,
  progress: Progress,
): Promise<void> {
  const asked = Promise.all(entries.map(({ action, answered }) => ask(action, () => answered)));
  const left = new Set(entries);
  const hear = async () => {
    for await (const outcome of outcomes) {
      const { entry } = outcome;
      if (!left.delete(entry)) throw new OracleViolation(`one of many files had two outcomes: ${entry.path}`);
      entry.settle(() => {
        if (outcome.ok) return answer(outcome as Extract<Of, { ok: true }>);
        throw outcome.error;
      });
    }
    if (left.size > 0) throw new OracleViolation(`of many files ${left.size} had no outcome`);
    progress.checkEnd();
  };
  await Promise.all([asked, Promise.race([hear(), worker.died.catch(() => {})])]);
}

function waitingFor<Action>(action: Action, path: string): Waiting<Action> {
  let settle: Waiting<Action>['settle'] = () => {};
  const answered = new Promise<CommonsAnswer>((resolve, reject) => {
    settle = (answer) => {
      try {
        resolve(answer());
      } catch (error) {
        reject(error);
      }
    };
  });
  return { action, path, answered, settle };
}

function toldBy(attributes: Attributes): CommonsAnswer {
  const { inode, links, kind } = attributes;
  return { word: statWord(attributes), inode, ...(kind !== 'directory' && { links }) };
}

/** How far a call says that it is must fit what it was asked for. */
class Progress {
  readonly #count: number;
  #ended = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** @throws OracleViolation */
  readonly heard = ({ done, failed }: ManyProgress): void => {
    this.#ended++;
    if (done + failed === this.#ended && this.#ended <= this.#count) return;
    throw new OracleViolation(`a call on ${this.#count} files says ${done} + ${failed} at its ${this.#ended}th step`);
  };

  /** @throws OracleViolation */
  checkEnd(): void {
    if (this.#ended === this.#count) return;
    throw new OracleViolation(`a call on ${this.#count} files told of ${this.#ended} of them`);
  }
}
