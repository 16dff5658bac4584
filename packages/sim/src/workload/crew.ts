import {
  type Client,
  type CollectiveFile,
  datatype,
  type Group,
  joinGroup,
  rankFailures,
  type ViewAccess,
} from '@tessera/client';
import type { Draw } from '../draw.js';
import { codedError, isOwnCrash } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import { contentOf, firstDifference } from './content.js';
import { spoilJoin } from './spoiled-join.js';
import { Worker } from './worker.js';

const PORT_FIRST = 9_000;
const GROUP_DEADLINE_MS = 20_000;
/** Blocks of all ranks in one call. */
const BLOCKS_MAX = 30;
const BLOCK_BYTES_MAX = [200, 4_000];
const REJOIN_SHARE = 0.1;
/** Of joins, those that are made to fail first. */
const SPOILED_SHARE = 0.4;
const BYTE = datatype.bytes(1);

interface Rank {
  readonly worker: Worker;
  readonly group: Group;
  readonly file: CollectiveFile;
}

/** Which bytes each rank has in one call: blocks dealt out in turn. */
interface Deal {
  readonly blockBytes: number;
  readonly blocks: number;
}

/** Processes that open, write and read files together. Nobody else touches these files. */
export class Crew {
  readonly workers: readonly Worker[];
  readonly #root: string;
  readonly #draw: Draw;
  readonly #books: Books;
  readonly #calls: number;
  readonly #thinkMsMax: number;
  /** What files hold for certain. */
  readonly #known = new Map<string, Uint8Array>();
  #groups = 0;
  #copies = 0;
  #path = '';
  #ranks: Rank[] = [];

  constructor(options: {
    workers: readonly Worker[];
    /** A directory of their own. */
    root: string;
    draw: Draw;
    books: Books;
    calls: number;
    thinkMsMax: number;
  }) {
    this.workers = options.workers;
    this.#root = options.root;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#calls = options.calls;
    this.#thinkMsMax = options.thinkMsMax;
  }

  /** @throws OracleViolation */
  async run(): Promise<void> {
    const [first] = this.workers;
    if (first === undefined) return;
    await first.insist(`making ${this.#root}`, async (client) => {
      await client.mkdir(this.#root, { parents: true });
      return true;
    });
    for (let turn = 0; turn < this.#calls; turn++) {
      await first.rest(this.#draw.upTo(this.#thinkMsMax));
      if (this.#ranks.length === 0) await this.#join();
      else await this.#call();
    }
    await this.#leave();
  }

  /** All that was written for certain is there. @throws OracleViolation */
  async look(client: Client): Promise<void> {
    for (const [path, content] of this.#known) same(path, await client.getFile(path), content);
  }

  async #join(): Promise<void> {
    const number = ++this.#groups;
    const size = this.workers.length;
    const address = `${(this.workers[0] as Worker).host}:${PORT_FIRST + number}`;
    if (this.#draw.chance(SPOILED_SHARE)) return this.#spoil(address);
    const path = `${this.#root}/${number}`;
    const aggregators = 1 + this.#draw.below(size);
    const joined = await this.#together('join', this.workers, async (worker, rank) => {
      await worker.connect();
      const { env, host, client } = worker;
      const group = await joinGroup({ rank, size, address, listen: `${host}:0`, deadlineMs: GROUP_DEADLINE_MS, env });
      const file = await group.open(client, path, 'w+', { aggregators });
      return { worker, group, file };
    });
    if (joined === undefined) return;
    this.#ranks = joined;
    this.#path = path;
    this.#known.set(path, new Uint8Array());
  }

  async #spoil(address: string): Promise<void> {
    for (const worker of this.workers) await worker.connect();
    // One may have died while another came back.
    if (this.workers.some(({ isConnected }) => !isConnected)) return;
    await spoilJoin(this.workers, address, this.#draw, this.#books);
  }

  async #call(): Promise<void> {
    const draw = this.#draw;
    if (draw.chance(REJOIN_SHARE)) return this.#leave();
    const deal = { blockBytes: 1 + draw.below(draw.of(BLOCK_BYTES_MAX)), blocks: 1 + draw.below(BLOCKS_MAX) };
    const outcome = await draw.of([
      () => this.#write(deal),
      () => this.#write(deal),
      () => this.#read(deal),
      () => this.#overlap(deal),
      () => this.#copy(),
      () => this.#together('barrier', this.#ranks, ({ group }) => group.barrier()),
    ])();
    // Which bytes are there nobody knows, and the group may be of no more use.
    if (outcome === undefined) await this.#leave();
  }

  async #write(deal: Deal): Promise<unknown> {
    const path = this.#path;
    const before = this.#known.get(path) as Uint8Array;
    const start = this.#draw.below(before.length + 1_000);
    const data = contentOf(this.#books.newContent(deal.blocks * deal.blockBytes));
    // Until all ranks say that it is done.
    this.#known.delete(path);
    const written = await this.#together('writeAll', this.#ranks, ({ file }, rank) =>
      file.writeAll(packed(data, deal, rank, this.#size), accessOf(deal, rank, this.#size, start)),
    );
    if (written === undefined) return undefined;
    const after = new Uint8Array(Math.max(before.length, start + data.length));
    after.set(before);
    after.set(data, start);
    this.#known.set(path, after);
    return written;
  }

  async #read(deal: Deal): Promise<unknown> {
    const content = this.#known.get(this.#path) as Uint8Array;
    const start = this.#draw.below(content.length + 10);
    const size = this.#size;
    return this.#together('readAll', this.#ranks, async ({ file }, rank) => {
      const other = (rank + 1) % size;
      const wanted = new Uint8Array(deal.blocks * deal.blockBytes);
      wanted.set(content.subarray(start, start + wanted.length));
      const expected = packed(wanted, deal, other, size);
      const buffer = new Uint8Array(expected.length);
      const bytes = await file.readAll(buffer, accessOf(deal, other, size, start));
      // What the file does not have of the blocks comes last.
      same(this.#path, buffer.subarray(0, bytes), expected.subarray(0, bytes));
    });
  }

  /** Bytes that two ranks want to write: refused at every one, and nothing is written. */
  async #overlap(deal: Deal): Promise<unknown> {
    const data = contentOf(this.#books.newContent(deal.blocks * deal.blockBytes));
    const everything = { file: datatype.view(BYTE, 0), length: data.length };
    return this.#together('overlapping writeAll', this.#ranks, async ({ file }) => {
      try {
        await file.writeAll(data, everything);
      } catch (thrown) {
        if (codedError(thrown).code === 'INVALID_ARGUMENT') return;
        throw thrown;
      }
      throw new OracleViolation(`${this.#path}: ranks wrote the same bytes and were not refused`);
    });
  }

  /** One rank copies the file for all, sharing its segments or writing its bytes anew. */
  async #copy(): Promise<unknown> {
    const [rank] = this.#ranks;
    const path = this.#path;
    const copy = `${path}.copy-${++this.#copies}`;
    const how = this.#draw.of(['rewrite', 'auto'] as const);
    const mode = this.#draw.of([0o600, 0o644]);
    const copied = await this.#together('copy', rank === undefined ? [] : [rank], async ({ worker }) => {
      await worker.client.setAttributes(path, { mode });
      const { attributes } = await worker.client.copy(path, copy, { how });
      if (attributes.mode !== mode) throw new OracleViolation(`${copy} has not the mode of the file that it copies`);
    });
    if (copied !== undefined) this.#known.set(copy, this.#known.get(path) as Uint8Array);
    return copied;
  }

  async #leave(): Promise<void> {
    const ranks = this.#ranks;
    this.#ranks = [];
    await this.#together('close', ranks, async ({ file, group }) => {
      await file.close();
      await group.close();
    });
  }

  get #size(): number {
    return this.workers.length;
  }

  /** One call at every rank; undefined when it failed at any for what trouble explains. @throws OracleViolation */
  async #together<Member extends Rank | Worker, T>(
    name: string,
    members: readonly Member[],
    call: (member: Member, rank: number) => Promise<T>,
  ): Promise<T[] | undefined> {
    const outcomes = await Promise.allSettled(
      members.map(async (member, rank) => {
        const worker = member instanceof Worker ? member : member.worker;
        // It may begin without a process, which comes back with another promise to die.
        if (!worker.isConnected) await worker.connect();
        return Promise.race([call(member, rank), worker.died]);
      }),
    );
    const values: T[] = [];
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') values.push(outcome.value);
      else this.#excuse(name, outcome.reason);
    }
    this.#books.count(`collective ${name}: ${values.length === members.length ? 'done' : 'failed'}`);
    return values.length === members.length ? values : undefined;
  }

  #excuse(name: string, thrown: unknown): void {
    if (thrown instanceof ClientDied || isOwnCrash(thrown)) return;
    const error = this.#books.failure(thrown);
    const meaning = meaningOf(error.code);
    if (meaning !== 'unanswered' && meaning !== 'not done') {
      throw new OracleViolation(`collective ${name}: ${error.code}: ${error.message}`, { cause: error });
    }
    const isAll = name.endsWith('All');
    if (isAll && rankFailures(error) === undefined) {
      throw new OracleViolation(`collective ${name} does not say which rank failed: ${error.message}`, {
        cause: error,
      });
    }
  }
}

/** A rank's blocks of `data`, one after the other. */
function packed(data: Uint8Array, { blockBytes, blocks }: Deal, rank: number, size: number): Uint8Array {
  const own: Uint8Array[] = [];
  for (let block = rank; block < blocks; block += size) {
    own.push(data.subarray(block * blockBytes, (block + 1) * blockBytes));
  }
  return Buffer.concat(own);
}

/** Where a rank's blocks lie in the file. */
function accessOf({ blockBytes, blocks }: Deal, rank: number, size: number, start: number): ViewAccess {
  const count = Math.max(0, Math.ceil((blocks - rank) / size));
  const type = datatype.hvector(1, blockBytes, blockBytes, BYTE);
  const file = datatype.view(datatype.resized(type, 0, size * blockBytes), start + rank * blockBytes);
  return { file, length: count * blockBytes };
}

/** @throws OracleViolation */
function same(path: string, actual: Uint8Array, expected: Uint8Array): void {
  const at = firstDifference(actual, expected);
  if (at === undefined) return;
  throw new OracleViolation(
    `${path}: ${actual.length} bytes were read, ${expected.length} expected; byte ${at} differs`,
  );
}
