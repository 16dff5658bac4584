import type { Draw } from '../draw.js';
import type { Mutation } from '../model/mutation.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import { Arena, type ArenaAction, type ArenaAnswer, namesText, showAction } from './arena.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import type { Succession } from './succession.js';
import type { Worker } from './worker.js';

const FILE_NAMES = ['a', 'b', 'c', 's/a', 's/b', 't/a'];
const DIRECTORY_NAMES = ['s', 't'];
const WEIGHTS = { put: 22, mkdir: 10, rename: 22, remove: 10, get: 12, stat: 10, list: 14 } as const;
/** Most files are in the inode: what is shared here are names. */
const FILE_BYTES_MAX = [100, 100, 9_000];

/** An empty directory for rivals to share. @throws OracleViolation */
export async function makeArena(worker: Worker, root: string): Promise<Arena> {
  const arena = new Arena(root);
  await worker.insist(`making ${root}`, async (client) => {
    await client.mkdir(root, { parents: true });
    return true;
  });
  return arena;
}

/** One of several clients that use the same names at the same time. */
export class Rival {
  readonly worker: Worker;
  readonly #draw: Draw;
  readonly #books: Books;
  readonly #arenas: Succession<Arena>;
  readonly #goesOn: (turn: number) => boolean;
  readonly #thinkMsMax: number;

  constructor(options: {
    worker: Worker;
    draw: Draw;
    books: Books;
    arenas: Succession<Arena>;
    /** Whether there is another turn, given how many there were. */
    goesOn: (turn: number) => boolean;
    thinkMsMax: number;
  }) {
    this.worker = options.worker;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#arenas = options.arenas;
    this.#goesOn = options.goesOn;
    this.#thinkMsMax = options.thinkMsMax;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    for (let turn = 0; this.#goesOn(turn); turn++) {
      await this.worker.rest(this.#draw.upTo(this.#thinkMsMax));
      await this.worker.connect();
      const arena = await this.#arenas.current(this.worker);
      // It may have died meanwhile.
      await this.worker.connect();
      await this.#operate(arena);
    }
  }

  async #operate(arena: Arena): Promise<void> {
    const draw = this.#draw;
    const { client } = this.worker;
    const options = { deadlineMs: draw.chance(0.9) ? 120_000 : 200 + draw.below(4_000) };
    const path = draw.of([...FILE_NAMES, ...DIRECTORY_NAMES]);
    const other = draw.of([...FILE_NAMES, ...DIRECTORY_NAMES]);
    const replace = draw.chance(0.6);
    const recursive = draw.chance(0.5);
    const at = arena.absolute(path);
    switch (draw.weighted(WEIGHTS)) {
      case 'put': {
        const tag = this.#books.newContent(1 + draw.below(draw.of(FILE_BYTES_MAX)));
        const content = arena.expect(tag);
        return this.#mutate(arena, { type: 'put', path, tag, replace }, () =>
          client.putFile(at, content, { ...options, replace }),
        );
      }
      case 'mkdir': {
        const directory = draw.of(DIRECTORY_NAMES);
        return this.#mutate(arena, { type: 'mkdir', path: directory }, () =>
          client.mkdir(arena.absolute(directory), options),
        );
      }
      case 'rename':
        return this.#mutate(arena, { type: 'rename', from: path, to: other, replace }, () =>
          client.rename(at, arena.absolute(other), { ...options, replace }),
        );
      case 'remove':
        return this.#mutate(arena, { type: 'remove', path, recursive }, () =>
          client.remove(at, { ...options, recursive }),
        );
      case 'get':
        return this.#read(arena, { type: 'get', path }, async () =>
          arena.recognize(path, await client.getFile(at, options)),
        );
      case 'stat':
        return this.#read(arena, { type: 'stat', path }, async () => {
          const { kind, bytes, entries } = await client.stat(at, options);
          return kind === 'file' ? `file of ${bytes}` : `directory of ${entries}`;
        });
      case 'list': {
        const directory = draw.of(['', ...DIRECTORY_NAMES]);
        return this.#read(arena, { type: 'list', path: directory }, async () => {
          const names: string[] = [];
          for await (const { text } of client.list(arena.absolute(directory), options)) names.push(text);
          return namesText(names);
        });
      }
    }
  }

  async #mutate(arena: Arena, mutation: Mutation, act: () => Promise<unknown>): Promise<void> {
    await this.#ask(arena, { type: 'mutate', mutation }, mutation.type, async () => {
      await act();
      return 'done';
    });
  }

  async #read(arena: Arena, action: Exclude<ArenaAction, { type: 'mutate' }>, act: () => Promise<ArenaAnswer>) {
    await this.#ask(arena, action, action.type, act);
    this.#books.seen(arena.root);
  }

  async #ask(arena: Arena, action: ArenaAction, name: string, act: () => Promise<ArenaAnswer>): Promise<void> {
    const from = this.#books.nowMs();
    const heard = action.type === 'mutate' ? this.#books.waits(arena.root, this.worker) : () => {};
    const told = (answer: string) => `in ${arena.root}: ${this.worker.host}: ${showAction(action)}: ${answer}`;
    const note = (answer: ArenaAnswer | undefined, outcome: string) => {
      const to = answer === undefined ? Number.POSITIVE_INFINITY : this.#books.nowMs();
      // A read that nobody heard the answer of says nothing.
      if (answer !== undefined || action.type === 'mutate') {
        arena.record({ client: this.worker.host, action, from, to, answer });
      }
      this.#books.count(`shared ${name}: ${outcome}`, () => told(answer ?? `no answer (${outcome})`));
    };
    try {
      note(await Promise.race([act(), this.worker.died]), 'done');
    } catch (thrown) {
      if (thrown instanceof ClientDied) return note(undefined, 'client died');
      const { code, message } = this.#books.failure(thrown);
      // A file that is replaced while it is read may be found changed.
      if (code === 'CHANGED' && action.type === 'get') return;
      switch (meaningOf(code)) {
        case 'refused':
          return note(code, code);
        case 'unanswered':
          return note(undefined, code);
        case 'not done':
          this.#books.count(`shared ${name}: ${code}`, () => told(code));
          return;
        default:
          throw new OracleViolation(`in ${arena.root}: ${name} failed: ${code}: ${message}`, { cause: thrown });
      }
    } finally {
      heard();
    }
  }
}
