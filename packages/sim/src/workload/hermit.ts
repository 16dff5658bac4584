import type { Client, DirectoryLayout } from '@tessera/client';
import type { Draw } from '../draw.js';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { Cell } from './cell.js';
import { ClientDied } from './client-died.js';
import { ACTS, type Act } from './hermit-acts.js';
import type { Worker } from './worker.js';

const KIB = 1024;
/** With more, what it reads of them in the end would cost too much. */
const CELL_EXTENTS_MAX = 2_500;
const NEW_CELL_SHARE = 0.08;
const PATIENT_SHARE = 0.9;
const WEIGHTS: Readonly<Record<Act, number>> = {
  scatter: 14,
  'write view': 12,
  'read view': 14,
  pick: 14,
  draft: 10,
  copy: 8,
  'read while it changes': 6,
};
/** By which small parts share segments. */
const JOINING = 'simple_stripe';
const JOINING_SHARE = 0.6;
/** By which each part goes to the place of its offset. */
const LINING_UP = [
  { servers: 1, distribution: 'simple_stripe:strip_size=16K' },
  { servers: 1, distribution: 'basic' },
  { servers: 2, distribution: 'varstrip:strips=0:64K;1:16K;0:32K' },
];
const LINED_UP_PARTS_MAX = 12;

interface Directory {
  readonly path: string;
  /** Of its files. */
  readonly partsMax: number;
}

/** A client that reads and writes files of its own in every way that there is: many ranges, datatypes, copies. */
export class Hermit {
  readonly worker: Worker;
  readonly #root: string;
  readonly #draw: Draw;
  readonly #books: Books;
  readonly #chunkservers: number;
  readonly #turns: number;
  readonly #thinkMsMax: number;
  readonly #cells: Cell[] = [];
  #directories = 0;
  #files = 0;
  #directory: Directory | undefined;
  #cell: Cell | undefined;

  constructor(options: {
    worker: Worker;
    /** A directory of its own. */
    root: string;
    draw: Draw;
    books: Books;
    /** Each on a host of its own. */
    chunkservers: number;
    /** In every shift. */
    turns: number;
    thinkMsMax: number;
  }) {
    this.worker = options.worker;
    this.#root = options.root;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#chunkservers = options.chunkservers;
    this.#turns = options.turns;
    this.#thinkMsMax = options.thinkMsMax;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    for (let turn = 0; turn < this.#turns; turn++) {
      await this.worker.rest(this.#draw.upTo(this.#thinkMsMax));
      await this.worker.connect();
      const cell = await this.#cellOfTurn();
      await this.worker.connect();
      await this.#act(cell, cell.exists ? this.#draw.weighted(WEIGHTS) : 'scatter');
    }
  }

  /** Every file holds what it may hold; nobody writes any more. @throws OracleViolation */
  async look(client: Client): Promise<void> {
    for (const cell of this.#cells) {
      let found: Uint8Array | undefined;
      try {
        found = await client.getFile(cell.path);
      } catch (thrown) {
        const error = codedError(thrown);
        if (error.code !== 'NOT_FOUND') {
          throw new OracleViolation(`${cell.path}: ${error.code}: ${error.message}`, { cause: error });
        }
      }
      cell.look(found);
    }
  }

  /** One whose content is known. */
  async #cellOfTurn(): Promise<Cell> {
    const isWanted = !this.#draw.chance(NEW_CELL_SHARE);
    const cell = this.#cell;
    if (isWanted && cell !== undefined && !cell.isDoubted && cell.extents < CELL_EXTENTS_MAX) return cell;
    if (this.#directory === undefined || !isWanted) this.#directory = await this.#makeDirectory();
    const { path, partsMax } = this.#directory;
    return this.#begin(new Cell(`${path}/${++this.#files}`, partsMax));
  }

  #begin(cell: Cell): Cell {
    this.#cells.push(cell);
    this.#cell = cell;
    return cell;
  }

  async #makeDirectory(): Promise<Directory> {
    const draw = this.#draw;
    const path = `${this.#root}/${++this.#directories}`;
    const possible = LINING_UP.filter(({ servers }) => servers <= this.#chunkservers);
    const distribution = draw.chance(JOINING_SHARE) ? JOINING : draw.of(possible).distribution;
    const layout: Partial<DirectoryLayout> = {
      segmentBytes: draw.of([64 * KIB, 1024 * KIB]),
      inlineBytes: draw.of([4 * KIB, 0]),
      mixing: draw.of(['file', 'directory', 'tenant']),
      distribution,
    };
    await this.worker.insist(`making ${path}`, async (client) => {
      await client.mkdir(path, { parents: true, layout });
      return true;
    });
    return { path, partsMax: distribution === JOINING ? Number.POSITIVE_INFINITY : LINED_UP_PARTS_MAX };
  }

  async #act(cell: Cell, act: Act): Promise<void> {
    const { client, died } = this.worker;
    const draw = this.#draw;
    const options = { deadlineMs: draw.chance(PATIENT_SHARE) ? 120_000 : 200 + draw.below(4_000) };
    const solitude = {
      client,
      cell,
      draw,
      books: this.#books,
      options,
      copyTo: (path: string) => {
        const copy = new Cell(path, cell.partsMax);
        this.#cells.push(copy);
        return copy;
      },
    };
    try {
      await Promise.race([ACTS[act](solitude), died]);
      this.#books.count(`hermit ${act}: done`);
    } catch (thrown) {
      if (thrown instanceof OracleViolation) throw thrown;
      if (thrown instanceof ClientDied) return;
      const error = this.#books.failure(thrown);
      const meaning = meaningOf(error.code);
      if (meaning !== 'unanswered' && meaning !== 'not done') {
        throw new OracleViolation(`${cell.path}: ${act} failed: ${error.code}: ${error.message}`, { cause: error });
      }
      if (meaning === 'not done') cell.refused();
      this.#books.count(`hermit ${act}: ${error.code}`);
    }
  }
}
