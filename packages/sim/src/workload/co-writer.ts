import type { Client, FileHandle } from '@tessera/client';
import type { TesseraError } from '@tessera/protocol';
import type { Draw } from '../draw.js';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import { contentOf } from './content.js';
import { type FileAction, type FileAnswer, SharedFile, statWord, wordOf } from './shared-file.js';
import type { Succession } from './succession.js';
import type { Worker } from './worker.js';

const FILE = 'file';
const HARD_LINK = 'link';
const SYMLINK = 'symlink';
const COPY = 'copy';
const XATTR = 'user.x';
/** From a few bytes in the inode to several segments. */
const WRITE_BYTES_MAX = [50, 3_000, 70_000];
const FILE_BYTES_MAX = 200_000;
const MODES = [0o600, 0o640, 0o644];
const CONDITION_SHARE = 0.3;
const WEIGHTS = {
  write: 20,
  append: 16,
  truncate: 8,
  read: 16,
  stat: 10,
  'set mode': 4,
  'set xattr': 6,
  'remove xattr': 2,
  'get xattr': 6,
  copy: 6,
  'read copy': 6,
} as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An empty file with another name and a symbolic link to it, for co-writers to share. @throws OracleViolation */
export async function makeSharedFile(worker: Worker, root: string): Promise<SharedFile> {
  const file = new SharedFile(root);
  const at = (name: string) => `${root}/${name}`;
  const steps: ((client: Client) => Promise<unknown>)[] = [
    (client) => client.mkdir(root, { parents: true }),
    // An earlier try may have made them, or may yet: nothing is replaced.
    (client) => client.putFile(at(FILE), new Uint8Array(), { replace: false }).then(() => {}, ignoreExisting),
    (client) => client.link(at(FILE), at(HARD_LINK)).then(() => {}, ignoreExisting),
    (client) => client.symlink(FILE, at(SYMLINK), { replace: true }),
  ];
  for (const [index, step] of steps.entries()) {
    await worker.insist(`making ${root}, step ${index + 1}`, async (client) => {
      await step(client);
      return true;
    });
  }
  return file;
}

/** One of several clients that read and write the same file at the same time. */
export class CoWriter {
  readonly worker: Worker;
  readonly #draw: Draw;
  readonly #books: Books;
  readonly #files: Succession<SharedFile>;
  readonly #operations: number;
  readonly #thinkMsMax: number;
  #file: SharedFile | undefined;
  /** What this client heard last of the present file. */
  #version: bigint | undefined;
  #xattr: string | undefined;

  constructor(options: {
    worker: Worker;
    draw: Draw;
    books: Books;
    files: Succession<SharedFile>;
    operations: number;
    thinkMsMax: number;
  }) {
    this.worker = options.worker;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#files = options.files;
    this.#operations = options.operations;
    this.#thinkMsMax = options.thinkMsMax;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    for (let turn = 0; turn < this.#operations; turn++) {
      await this.worker.rest(this.#draw.upTo(this.#thinkMsMax));
      await this.worker.connect();
      const file = await this.#files.current(this.worker);
      if (file !== this.#file) {
        this.#version = undefined;
        this.#xattr = undefined;
      }
      this.#file = file;
      await this.worker.connect();
      await this.#ask(file, this.#nextAction());
    }
  }

  /** Reads all that can be read, when nobody writes. @throws OracleViolation */
  async look(file: SharedFile): Promise<void> {
    await this.#ask(file, { type: 'read', offset: 0, length: 2 * FILE_BYTES_MAX });
    for (const type of ['stat', 'get xattr', 'read copy'] as const) await this.#ask(file, { type });
  }

  #nextAction(): FileAction {
    const draw = this.#draw;
    const condition = this.#version !== undefined && draw.chance(CONDITION_SHARE) ? { ifVersion: this.#version } : {};
    const data = () => contentOf(this.#books.newContent(1 + draw.below(draw.of(WRITE_BYTES_MAX))));
    const type = draw.weighted(WEIGHTS);
    switch (type) {
      case 'write':
        return { type, offset: draw.below(FILE_BYTES_MAX / 2), data: data(), ...condition };
      case 'append':
        return { type, data: data(), ...condition };
      case 'truncate':
        return { type, bytes: draw.below(draw.of(WRITE_BYTES_MAX)), ...condition };
      case 'read':
        return { type, offset: draw.below(draw.of([1, FILE_BYTES_MAX])), length: 1 + draw.below(FILE_BYTES_MAX) };
      case 'set mode':
        return { type, mode: draw.of(MODES) };
      case 'set xattr': {
        const isSwap = this.#xattr !== undefined && draw.chance(CONDITION_SHARE);
        return {
          type,
          value: `value ${this.#books.newContent(0).id}`,
          ...(isSwap && { ifValue: this.#xattr as string }),
        };
      }
      default:
        return { type };
    }
  }

  async #ask(file: SharedFile, action: FileAction): Promise<void> {
    const from = this.#books.nowMs();
    const isRead = ['read', 'stat', 'get xattr', 'read copy'].includes(action.type);
    const heard = isRead ? () => {} : this.#books.waits(file.root, this.worker);
    const note = (answer: FileAnswer | undefined, outcome: string) => {
      const to = answer === undefined ? Number.POSITIVE_INFINITY : this.#books.nowMs();
      if (answer !== undefined || !isRead) {
        file.record({ client: this.worker.host, action, from, to, answer });
      }
      this.#books.count(`shared file ${action.type}: ${outcome}`);
    };
    try {
      const answer = await Promise.race([this.#act(file, action), this.worker.died]);
      if (answer.version !== undefined) this.#version = answer.version;
      note(answer, 'done');
      if (isRead) this.#books.seen(file.root);
    } catch (thrown) {
      if (thrown instanceof ClientDied) return note(undefined, 'client died');
      const error = codedError(thrown);
      const { code } = error;
      if (code === 'CHANGED' && 'ifVersion' in action) return note({ word: code }, code);
      if (code === 'CHANGED' && 'ifValue' in action) return note({ word: code }, code);
      if (code === 'NOT_FOUND' && action.type === 'read copy') return note({ word: code }, code);
      const meaning = meaningOf(code);
      if (meaning === 'unanswered') return note(undefined, code);
      if (meaning !== 'not done' && !isExcused(action, error)) {
        throw new OracleViolation(`${file.root}: ${action.type} failed: ${code}: ${error.message}`, { cause: error });
      }
      this.#books.count(`shared file ${action.type}: ${code}`);
    } finally {
      heard();
    }
  }

  async #act(file: SharedFile, action: FileAction): Promise<FileAnswer> {
    const { client } = this.worker;
    const draw = this.#draw;
    const options = { deadlineMs: draw.chance(0.9) ? 120_000 : 200 + draw.below(4_000) };
    const at = `${file.root}/${draw.of([FILE, HARD_LINK, SYMLINK])}`;
    switch (action.type) {
      case 'write':
      case 'append':
      case 'truncate':
        return this.#withHandle(await client.open(at, 'r+', options), (handle) => change(handle, action, options));
      case 'read':
        return this.#withHandle(await client.open(at, 'r', options), async (handle) => ({
          word: wordOf(await handle.read(action.offset, action.length, options)),
        }));
      case 'stat': {
        const { bytes, mode, contentVersion: version } = await client.stat(at, options);
        return { word: statWord(bytes, mode), version };
      }
      case 'set mode':
        await client.setAttributes(at, { mode: action.mode }, options);
        return { word: 'done' };
      case 'set xattr': {
        const { value, ifValue } = action;
        const swap = ifValue === undefined ? {} : { ifValue: encoder.encode(ifValue) };
        await client.setXattr(at, XATTR, encoder.encode(value), { ...options, ...swap });
        this.#xattr = value;
        return { word: 'done' };
      }
      case 'remove xattr':
        return { word: (await client.removeXattr(at, XATTR, options)) ? 'removed' : 'absent' };
      case 'get xattr': {
        const value = await client.getXattr(at, XATTR, options);
        this.#xattr = value && decoder.decode(value);
        return { word: this.#xattr ?? 'absent' };
      }
      case 'copy':
        await client.copy(at, `${file.root}/${COPY}`, { ...options, replace: true, how: 'share' });
        return { word: 'done' };
      case 'read copy':
        return { word: wordOf(await client.getFile(`${file.root}/${COPY}`, options)) };
    }
  }

  async #withHandle<T>(handle: FileHandle, act: (handle: FileHandle) => Promise<T>): Promise<T> {
    const result = await act(handle);
    // Nothing is left to flush, so that closing asks nobody.
    await handle.close();
    return result;
  }
}

async function change(
  handle: FileHandle,
  action: Extract<FileAction, { type: 'write' | 'append' | 'truncate' }>,
  options: { deadlineMs: number },
): Promise<FileAnswer> {
  const { ifVersion } = action;
  const terms = { ...options, ...(ifVersion !== undefined && { ifVersion }) };
  switch (action.type) {
    case 'write': {
      await handle.write(action.offset, action.data, options);
      const { contentVersion: version } = await handle.flush(terms);
      return { word: 'done', version };
    }
    case 'append': {
      const { offset, attributes } = await handle.append(action.data, terms);
      return { word: `done at ${offset}`, version: attributes.contentVersion };
    }
    case 'truncate': {
      const { contentVersion: version } = await handle.truncate(action.bytes, terms);
      return { word: 'done', version };
    }
  }
}

/** What concurrency explains, with nothing done. */
function isExcused({ type }: FileAction, { code }: TesseraError): boolean {
  // A source that is changed while it is copied, or that is stored with less than its layout asks for.
  if (type === 'copy') return code === 'CHANGED' || code === 'COMMIT_REFUSED';
  // A copy that is replaced while it is read.
  return type === 'read copy' && code === 'CHANGED';
}

function ignoreExisting(thrown: unknown): void {
  if (codedError(thrown).code !== 'EXISTS') throw thrown;
}
