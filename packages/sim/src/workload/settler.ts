import type { Client, FileHandle, OperationOptions } from '@tessera/client';
import type { ErrorCode } from '@tessera/protocol';
import type { Draw } from '../draw.js';
import { type CommonsAction, type CommonsAnswer, describe } from '../model/commons/action.js';
import { isRead } from '../model/commons/model.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import { Commons } from './commons.js';
import { runErrands } from './errands.js';
import type { Wishes } from './layouts.js';
import { type Asker, askMany } from './many-at-once.js';
import { askCommons } from './settler-calls.js';
import { type Circumstances, drawAction } from './settler-draw.js';
import type { Succession } from './succession.js';
import type { Worker } from './worker.js';

const ACTS = { one: 20, open: 3, 'use open': 6, many: 3, errands: 2 } as const;
const HANDLES_MAX = 3;
/** More than any file here has. */
const READ_BYTES = 100_000;
/** What the namespace may refuse, each where the model says so. */
const REFUSALS: ReadonlySet<string> = new Set(['LINK_LOOP', 'CHANGED', 'INVALID_LAYOUT', 'LAYOUT_UNSATISFIABLE']);

/** An empty directory for settlers to share. @throws OracleViolation */
export async function makeCommons(worker: Worker, root: string, redundancy: string): Promise<Commons> {
  const layout = { redundancy };
  await worker.insist(`making ${root}`, async (client) => {
    await client.mkdir(root, { parents: true, layout });
    return true;
  });
  return new Commons(root, layout);
}

/** One of some clients that do all that can be done to a namespace, at the same time in the same directory. */
export class Settler {
  readonly worker: Worker;
  readonly #draw: Draw;
  readonly #books: Books;
  readonly #commons: Succession<Commons>;
  readonly #wishes: Wishes;
  readonly #operations: number;
  readonly #thinkMsMax: number;
  /** Whose handles these are. */
  #client: Client | undefined;
  #place: Commons | undefined;
  #handles: FileHandle[] = [];

  constructor(options: {
    worker: Worker;
    draw: Draw;
    books: Books;
    commons: Succession<Commons>;
    wishes: Wishes;
    operations: number;
    thinkMsMax: number;
  }) {
    this.worker = options.worker;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#commons = options.commons;
    this.#wishes = options.wishes;
    this.#operations = options.operations;
    this.#thinkMsMax = options.thinkMsMax;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    for (let turn = 0; turn < this.#operations; turn++) {
      await this.worker.rest(this.#draw.upTo(this.#thinkMsMax));
      await this.worker.connect();
      const commons = await this.#commons.current(this.worker);
      // It may have died meanwhile.
      await this.worker.connect();
      this.#forgetOld(commons);
      await this.#act(commons);
    }
  }

  /** Reads all that is there, when nobody writes. @throws OracleViolation */
  async look(commons: Commons): Promise<void> {
    const { client } = this.worker;
    const directories = [''];
    for (let path = directories.pop(); path !== undefined; path = directories.pop()) {
      await this.#path(commons, { type: 'list with attributes', path });
      await this.#path(commons, { type: 'get layout', path });
      for await (const { text, kind } of client.list(commons.absolute(path))) {
        const below = path === '' ? text : `${path}/${text}`;
        if (kind === 'directory') directories.push(below);
        if (kind === 'symlink') await this.#path(commons, { type: 'readlink', path: below });
        await this.#path(commons, { type: 'stat', path: below, follow: false });
        if (kind === 'file') await this.#path(commons, { type: 'get', path: below });
      }
    }
    await this.#path(commons, { type: 'list xattrs' });
  }

  async #act(commons: Commons): Promise<void> {
    const draw = this.#draw;
    switch (draw.weighted(ACTS)) {
      case 'one':
        return this.#path(commons, drawAction(this.#circumstances(commons)));
      case 'open':
        return this.#open(commons, draw.of([...commons.names, 'a']));
      case 'use open':
        return this.#useOpen(commons);
      case 'many':
        return askMany(this.#asker(commons), this.#circumstances(commons));
      case 'errands':
        return runErrands(this.#asker(commons), this.#circumstances(commons));
    }
  }

  #circumstances({ names }: Commons): Circumstances {
    return { draw: this.#draw, books: this.#books, wishes: this.#wishes, names: [...names] };
  }

  #asker(commons: Commons): Asker {
    const { worker } = this;
    return {
      worker,
      commons,
      options: this.#options(),
      ask: (action, act, wasCancelled) => this.#ask(commons, action, act, wasCancelled),
    };
  }

  #path(commons: Commons, action: ReturnType<typeof drawAction>, options = this.#options()): Promise<void> {
    return this.#ask(commons, action, () => askCommons(this.worker.client, commons, action, options));
  }

  /** Handles stay good while the file is given other names, and end with the last one. */
  async #open(commons: Commons, path: string): Promise<void> {
    const { client } = this.worker;
    await this.#ask(commons, { type: 'open', path }, async () => {
      const handle = await client.open(commons.absolute(path), 'r+', this.#options());
      this.#handles.push(handle);
      if (this.#handles.length > HANDLES_MAX) await this.#handles.shift()?.close();
      return { word: 'open', inode: handle.attributes.inode };
    });
  }

  async #useOpen(commons: Commons): Promise<void> {
    if (this.#handles.length === 0) return;
    const draw = this.#draw;
    const handle = draw.of(this.#handles);
    const { inode } = handle.attributes;
    const options = this.#options();
    if (draw.chance(0.7)) {
      await this.#ask(commons, { type: 'read open', inode }, async () => ({
        word: commons.recognize(`open file ${inode}`, await handle.read(0, READ_BYTES, options)),
      }));
      return;
    }
    await this.#ask(commons, { type: 'cut open', inode, id: this.#books.newContent(0).id }, async () => {
      const { links } = await handle.truncate(0, options);
      return { word: 'done', inode, links };
    });
  }

  async #ask(
    commons: Commons,
    action: CommonsAction,
    act: () => Promise<CommonsAnswer>,
    wasCancelled: () => boolean = () => false,
  ): Promise<void> {
    const from = this.#books.nowMs();
    const told = (answer: string) => `in ${commons.root}: ${this.worker.host}: ${describe(action)}: ${answer}`;
    const isChange = !isRead(action);
    const changesMeanwhile = commons.changes.watch();
    if (isChange) commons.changes.begin();
    const heard = isChange ? this.#books.waits(commons.root, this.worker) : () => {};
    const note = (answer: CommonsAnswer | undefined, outcome: string) => {
      const to = answer === undefined ? Number.POSITIVE_INFINITY : this.#books.nowMs();
      if (isChange && answer !== undefined) commons.changes.end();
      this.#books.count(`commons ${action.type}: ${outcome}`, () => told(answer?.word ?? outcome));
      // A read that nobody heard the answer of says nothing, a listing with attributes is not of one moment.
      if (answer === undefined && !isChange) return;
      if (action.type === 'list with attributes' && changesMeanwhile() > 0) return;
      commons.heard(action, answer);
      commons.record({ client: this.worker.host, action, from, to, answer });
    };
    try {
      note(await Promise.race([act(), this.worker.died]), 'done');
      if (!isChange) this.#books.seen(commons.root);
    } catch (thrown) {
      if (thrown instanceof ClientDied) return note(undefined, 'client died');
      const error = this.#books.failure(thrown);
      const { code } = error;
      if (code === 'CANCELLED' && wasCancelled()) return note(undefined, code);
      if (isExcused(action, code)) {
        if (isChange) commons.changes.end();
        this.#books.count(`commons ${action.type}: ${code}`, () => told(code));
        return;
      }
      const meaning = meaningOf(code);
      if (meaning === 'unanswered') return note(undefined, code);
      if (meaning === 'refused' || REFUSALS.has(code)) return note({ word: code }, code);
      throw new OracleViolation(`in ${commons.root}: ${describe(action)} failed: ${code}: ${error.message}`, {
        cause: error,
      });
    } finally {
      heard();
    }
  }

  /** What belonged to a client that is gone, or to another place. */
  #forgetOld(commons: Commons): void {
    const { client } = this.worker;
    if (client === this.#client && commons === this.#place) return;
    this.#client = client;
    this.#place = commons;
    this.#handles = [];
  }

  #options(): OperationOptions & { deadlineMs: number } {
    const draw = this.#draw;
    return { deadlineMs: draw.chance(0.9) ? 120_000 : 200 + draw.below(4_000) };
  }
}

/** What trouble or others explain, with nothing done. */
function isExcused({ type }: CommonsAction, code: string): boolean {
  if (meaningOf(code as ErrorCode) === 'not done') return true;
  // A file that is replaced while it is read; one that is copied while it changes, or from a layout with less parity.
  if (code === 'CHANGED') return type === 'get' || type === 'copy';
  return type === 'copy' && code === 'COMMIT_REFUSED';
}
