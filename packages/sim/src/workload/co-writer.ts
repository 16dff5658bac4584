import type { Client, DirectoryLayout } from '@tessera/client';
import type { TesseraError } from '@tessera/protocol';
import type { Draw } from '../draw.js';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import { contentOf } from './content.js';
import { bytesOf, drawBlocks, drawStreamWay } from './file-access.js';
import { type FileAction, type FileAnswer, SharedFile } from './shared-file.js';
import { askSharedFile, FILE, HARD_LINK, SYMLINK } from './shared-file-calls.js';
import type { Succession } from './succession.js';
import type { Worker } from './worker.js';

/** From a few bytes in the inode to several segments. */
const WRITE_BYTES_MAX = [50, 3_000, 70_000];
const FILE_BYTES_MAX = 200_000;
/** Now and then more than a row of extents has. */
const BLOCKS_MAX = [4, 4, 12, 90];
const BLOCKS_BYTES_MAX = [8_000, 150_000];
const STREAM_SHARE = 0.3;
const READS: ReadonlySet<FileAction['type']> = new Set(['read', 'read blocks', 'stat', 'get xattr', 'read copy']);
const CHANGES: ReadonlySet<FileAction['type']> = new Set(['write', 'write blocks', 'append', 'truncate']);
/** With so many changes meanwhile, a read that began again each time may have been given up. */
const READ_CHANGES_MIN = 3;
const MODES = [0o600, 0o640, 0o644];
const CONDITION_SHARE = 0.3;
const WEIGHTS = {
  write: 16,
  'write blocks': 10,
  append: 14,
  truncate: 8,
  read: 14,
  'read blocks': 10,
  stat: 8,
  'set mode': 4,
  'set xattr': 6,
  'remove xattr': 2,
  'get xattr': 6,
  copy: 6,
  'read copy': 6,
} as const;

/** An empty file with another name and a symbolic link to it, for co-writers to share. @throws OracleViolation */
export async function makeSharedFile(
  worker: Worker,
  root: string,
  layout: Partial<DirectoryLayout> = {},
): Promise<SharedFile> {
  const file = new SharedFile(root);
  const at = (name: string) => `${root}/${name}`;
  const steps: ((client: Client) => Promise<unknown>)[] = [
    (client) => client.mkdir(root, { parents: true, layout }),
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
  readonly #goesOn: (turn: number) => boolean;
  readonly #thinkMsMax: number;
  readonly #act: typeof askSharedFile;
  #file: SharedFile | undefined;
  /** What this client heard last of the present file. */
  #version: bigint | undefined;
  #xattr: string | undefined;

  constructor(options: {
    worker: Worker;
    draw: Draw;
    books: Books;
    files: Succession<SharedFile>;
    /** Whether there is another turn, given how many there were. */
    goesOn: (turn: number) => boolean;
    thinkMsMax: number;
    /** Has the client act; default: here. */
    act?: typeof askSharedFile;
  }) {
    this.worker = options.worker;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#files = options.files;
    this.#goesOn = options.goesOn;
    this.#thinkMsMax = options.thinkMsMax;
    this.#act = options.act ?? askSharedFile;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    for (let turn = 0; this.#goesOn(turn); turn++) {
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
      case 'write': {
        // A stream knows no conditions.
        const terms = draw.chance(STREAM_SHARE) ? { way: drawStreamWay(draw) } : condition;
        return { type, offset: draw.below(FILE_BYTES_MAX / 2), data: data(), ...terms };
      }
      case 'write blocks': {
        const most = Math.min(draw.of(BLOCKS_MAX), this.#file?.blocksLeft ?? 0);
        if (most === 0) return { type: 'stat' };
        const { blocks, way } = drawBlocks(draw, draw.of(BLOCKS_BYTES_MAX), most);
        if (this.#file) this.#file.blocksLeft -= blocks.ranges.length;
        return { type, blocks, way, data: contentOf(this.#books.newContent(bytesOf(blocks))), ...condition };
      }
      case 'append':
        return { type, data: data(), ...condition };
      case 'truncate':
        return { type, bytes: draw.below(draw.of(WRITE_BYTES_MAX)), ...condition };
      case 'read':
        return {
          type,
          offset: draw.below(draw.of([1, FILE_BYTES_MAX])),
          length: 1 + draw.below(FILE_BYTES_MAX),
          ...(draw.chance(STREAM_SHARE) && { way: drawStreamWay(draw) }),
        };
      case 'read blocks':
        return { type, ...drawBlocks(draw, FILE_BYTES_MAX, draw.of(BLOCKS_MAX)) };
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
    const isRead = READS.has(action.type);
    const changesMeanwhile = file.changes.watch();
    if (CHANGES.has(action.type)) file.changes.begin();
    const heard = isRead ? () => {} : this.#books.waits(file.root, this.worker);
    const note = (answer: FileAnswer | undefined, outcome: string) => {
      const to = answer === undefined ? Number.POSITIVE_INFINITY : this.#books.nowMs();
      if (answer !== undefined && CHANGES.has(action.type)) file.changes.end();
      this.#books.count(`shared file ${action.type}: ${outcome}`);
      if (answer === undefined && isRead) return;
      // Of a file that changes all the time the ranges of a list may be of different versions.
      if (action.type === 'read blocks' && changesMeanwhile() >= READ_CHANGES_MIN) return;
      file.record({ client: this.worker.host, action, from, to, answer });
    };
    try {
      const answer = await Promise.race([
        this.#act(this.worker.client, file.root, action, this.#draw),
        this.worker.died,
      ]);
      this.#heard(action, answer);
      note(answer, 'done');
      if (isRead) this.#books.seen(file.root);
    } catch (thrown) {
      if (thrown instanceof ClientDied) return note(undefined, 'client died');
      const error = this.#books.failure(thrown);
      const { code } = error;
      if (code === 'CHANGED' && ('ifVersion' in action || 'ifValue' in action)) return note({ word: code }, code);
      if (code === 'NOT_FOUND' && action.type === 'read copy') return note({ word: code }, code);
      const meaning = meaningOf(code);
      if (meaning === 'unanswered') return note(undefined, code);
      if (meaning !== 'not done' && !isExcused(action, error)) {
        throw new OracleViolation(`${file.root}: ${action.type} failed: ${code}: ${error.message}`, { cause: error });
      }
      if (CHANGES.has(action.type)) file.changes.end();
      this.#books.count(`shared file ${action.type}: ${code}`);
    } finally {
      heard();
    }
  }

  #heard(action: FileAction, { version, word }: FileAnswer): void {
    if (version !== undefined) this.#version = version;
    if (action.type === 'set xattr') this.#xattr = action.value;
    if (action.type === 'get xattr') this.#xattr = word === 'absent' ? undefined : word;
  }
}

/** What concurrency explains, with nothing done. */
function isExcused(action: FileAction, { code }: TesseraError): boolean {
  const { type } = action;
  // A source that is changed while it is copied, or that is stored with less than its layout asks for.
  if (type === 'copy') return code === 'CHANGED' || code === 'COMMIT_REFUSED';
  // A copy that is replaced while it is read, a stream whose file is changed while it flows.
  const isStream = action.type === 'read' && (action.way ?? 'call') !== 'call';
  return (type === 'read copy' || isStream) && code === 'CHANGED';
}

function ignoreExisting(thrown: unknown): void {
  if (codedError(thrown).code !== 'EXISTS') throw thrown;
}
