import { createHash } from 'node:crypto';
import type { Client } from '@tessera/client';
import type { Event, SequentialModel } from '../linearizability/history.js';
import { SharedHistory } from '../linearizability/shared-history.js';
import { describe, execute, type Mutation, type Refusal } from '../model/mutation.js';
import { resolve, resolveDirectory, resolveFile } from '../model/reading.js';
import { Tree } from '../model/tree.js';
import { OracleViolation } from '../oracle/violation.js';
import { type ContentTag, contentOf } from './content.js';

export type ArenaAction =
  | { readonly type: 'mutate'; readonly mutation: Mutation }
  | { readonly type: 'get' | 'stat' | 'list'; readonly path: string };

/** A refusal, `done`, or what was read: the number of a content, what a name stands for, or the names there. */
export type ArenaAnswer = string;

type ArenaEvent = Event<ArenaAction, ArenaAnswer>;

const LIMITS = { stepsMax: 200_000, eventsMax: 120, unansweredMax: 4, eventsShownMax: 40 };

/** A directory as several clients use it at the same time. */
export const SHARED_TREE: SequentialModel<Tree, ArenaAction, ArenaAnswer> = {
  initial: Tree.empty,
  step(tree, action, answer) {
    if (action.type !== 'mutate') return answer === undefined || answer === read(tree, action) ? tree : undefined;
    const outcome = execute(tree, action.mutation);
    if ('refusal' in outcome) return answer === outcome.refusal ? tree : undefined;
    return answer === undefined || answer === 'done' ? outcome.tree : undefined;
  },
  keyOf: ({ key }) => key,
};

/** What a read of the tree is answered with. */
function read(tree: Tree, { type, path }: Exclude<ArenaAction, { type: 'mutate' }>): ArenaAnswer | Refusal {
  if (type === 'get') {
    const file = resolveFile(tree, path);
    return typeof file === 'string' ? file : `#${file.tag.id}`;
  }
  if (type === 'stat') {
    const node = resolve(tree, path);
    if (typeof node === 'string') return node;
    return node.kind === 'file' ? `file of ${node.tag.bytes}` : `directory of ${tree.names(path).length}`;
  }
  const directory = resolveDirectory(tree, path);
  return typeof directory === 'string' ? directory : namesText(tree.names(path));
}

export function namesText(names: readonly string[]): ArenaAnswer {
  return names.join(' ') || 'nothing';
}

/** A directory that several clients share, and all that they asked for and heard. */
export class Arena extends SharedHistory<Tree, ArenaAction, ArenaAnswer> {
  /** Absolute path. */
  readonly root: string;
  readonly #contents = new Map<string, ContentTag>();

  constructor(root: string) {
    super({ model: SHARED_TREE, what: `in ${root}`, show, ...LIMITS });
    this.root = root;
  }

  absolute(path: string): string {
    return path === '' ? this.root : `${this.root}/${path}`;
  }

  /** This content may be found in a file from now on. */
  expect(tag: ContentTag): Uint8Array {
    const content = contentOf(tag);
    this.#contents.set(hashOf(content), tag);
    return content;
  }

  /** The word for content that was read. @throws OracleViolation when nobody ever put it */
  recognize(path: string, content: Uint8Array): ArenaAnswer {
    const tag = this.#contents.get(hashOf(content));
    if (tag === undefined) {
      throw new OracleViolation(`${this.absolute(path)} has ${content.length} bytes that nobody put there`);
    }
    return `#${tag.id}`;
  }

  /** Reads all that is there, when nobody writes. */
  async look(client: Client, who: string, nowMs: () => number): Promise<void> {
    const ask = async (type: 'list' | 'get', path: string, act: () => Promise<ArenaAnswer>) => {
      const from = nowMs();
      this.record({ client: who, action: { type, path }, from, answer: await act(), to: nowMs() });
    };
    const walk = async (directory: string): Promise<void> => {
      const files: string[] = [];
      const directories: string[] = [];
      await ask('list', directory, async () => {
        const names: string[] = [];
        for await (const { text, kind } of client.list(this.absolute(directory))) {
          names.push(text);
          (kind === 'directory' ? directories : files).push(directory === '' ? text : `${directory}/${text}`);
        }
        return namesText(names);
      });
      for (const path of files) {
        await ask('get', path, async () => this.recognize(path, await client.getFile(this.absolute(path))));
      }
      for (const path of directories) await walk(path);
    };
    await walk('');
  }
}

/** For people. */
export function showAction(action: ArenaAction): string {
  return action.type === 'mutate' ? describe(action.mutation) : `${action.type} ${action.path || '.'}`;
}

function show({ action, answer }: ArenaEvent): string {
  return `${showAction(action)}: ${answer ?? 'no answer'}`;
}

function hashOf(content: Uint8Array): string {
  return createHash('sha1').update(content).digest('base64');
}
