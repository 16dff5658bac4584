import type { SimulatedProcess, SimulatedWorld } from '@tessera/env/simulated';
import {
  callMethod,
  clusterService,
  type Decoded,
  type ErrorCode,
  encodePath,
  fromWireError,
  ID_BYTES,
  metadataService,
  PROTOCOL_VERSION,
  RECEIPT_BYTES,
  TesseraError,
  v1,
} from '@tessera/protocol';
import type { Draw } from '../draw.js';
import { knownError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import { meaningOf } from './answers.js';
import type { Books } from './books.js';
import { isQuestion, malformedRequests } from './malformed.js';
import { gapAfterMs } from './pace.js';

const NAME = 'intruder';
const CALL_OPTIONS = { deadlineMs: 5_000 };
const NONCE_BYTES = 16;
/** Between two attempts. */
const GAP_MS_MAX = 3_000;
/** Between a mutation and its repetition. */
const REPEAT_MS_MAX = 3_000;
const MALFORMED_AT_ONCE = 5;
/** A file in its directory, which others have put there. */
export const SOURCE = 'source';

/** What a lease grants: one stripe id. */
interface Granted {
  readonly layout: v1.Layout.$Properties;
  readonly lease: Uint8Array;
  readonly where: { readonly pg: number; readonly stripe: Uint8Array };
}

type Result = Decoded<typeof v1.OperationResult>;

/**
 * A client that does not keep to the rules: it speaks to the metaserver in bare calls and asks for what must be refused.
 * Nothing of what it asks for may ever come to be.
 */
export class Intruder {
  readonly #world: SimulatedWorld;
  readonly #metaserver: string;
  readonly #draw: Draw;
  readonly #books: Books;
  readonly #clusterId: Uint8Array;
  readonly #directory: string;
  /** Files that it made of the source. */
  readonly copies: string[] = [];
  #process: SimulatedProcess;
  #session: Uint8Array | undefined;
  #sequence = 0;
  #attempts = 0;

  constructor(options: {
    world: SimulatedWorld;
    metaserver: string;
    draw: Draw;
    books: Books;
    clusterId: Uint8Array;
    /** A directory whose files have segments, not taken by anybody else. */
    directory: string;
  }) {
    this.#world = options.world;
    this.#metaserver = options.metaserver;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#clusterId = options.clusterId;
    this.#directory = options.directory;
    this.#process = this.#world.host(NAME).start(NAME);
  }

  /** @throws OracleViolation */
  async run(isOver: () => boolean): Promise<void> {
    for (let turn = 0; !isOver(); turn++) {
      await this.#attempt();
      await this.#rest(this.#draw.upTo(gapAfterMs(turn, GAP_MS_MAX)));
    }
  }

  /** One attempt of one kind. What trouble explains is excused. @throws OracleViolation */
  async #attempt(): Promise<void> {
    const attempts = {
      'forged receipts': () => this.#commitForged(),
      'a closed lease': () => this.#commitUnderClosedLease(),
      'a staged file': () => this.#readStaged(),
      'one mutation twice': () => this.#repeat(),
      'malformed requests': () => this.#sendMalformed(),
      'a strange introduction': () => this.#introduceWrongly(),
      'a copy in steps': () => this.#copyInSteps(),
    };
    const kind = this.#draw.of(Object.keys(attempts) as (keyof typeof attempts)[]);
    try {
      // Before anything takes a sequence of it.
      if (this.#session === undefined) await this.#openSession();
      await attempts[kind]();
      this.#books.count(`intruder with ${kind}: refused`);
    } catch (thrown) {
      const { code } = knownError(thrown);
      this.#books.count(`intruder with ${kind}: ${code}`);
      if (!isExcused(code)) throw new OracleViolation(`an intruder with ${kind} met ${code}`, { cause: thrown });
      this.#session = undefined;
    }
  }

  /** Shards that no chunkserver has ever seen. */
  async #commitForged(): Promise<void> {
    const granted = await this.#lease();
    await this.#mustFail('RECEIPT_REFUSED', await this.#putForged(granted), 'forged receipts were taken for good');
  }

  async #commitUnderClosedLease(): Promise<void> {
    const granted = await this.#lease();
    await this.#mutate({ closeLease: { lease: granted.lease } });
    await this.#mustFail('LEASE_CLOSED', await this.#putForged(granted), 'a closed lease was taken for open');
  }

  /** What is staged has no name, and nobody may read it by its number. */
  async #readStaged(): Promise<void> {
    const { stage } = await this.#mutate({ stage: { directory: { path: encodePath(this.#directory) } } });
    const node = { base: stage?.inode ?? new Uint8Array() };
    await this.#mustFail('NOT_FOUND', { resolve: { node } }, 'what is staged and not published was read');
  }

  /** Asked again under the same sequence, perhaps of another incarnation, a mutation has the same answer. */
  async #repeat(): Promise<void> {
    const path = `${this.#directory}/intruder-${++this.#attempts}`;
    const operation = { sequence: ++this.#sequence, mkdir: { node: { path: encodePath(path) } } };
    const first = answerOf(await this.#call(operation));
    await this.#rest(this.#draw.upTo(REPEAT_MS_MAX));
    const second = answerOf(await this.#call(operation));
    const [one, other] = [first, second].map(({ mkdir }) =>
      Buffer.from(mkdir?.attributes?.inode ?? []).toString('hex'),
    );
    if (one === '' || one !== other) {
      throw new OracleViolation(`making ${path} twice under one sequence gave inode ${one}, then ${other}`);
    }
    await this.#mutate({ remove: { node: { path: encodePath(path) } } });
  }

  /** What no client of ours would send. */
  async #sendMalformed(): Promise<void> {
    const requests = malformedRequests(this.#directory, `${this.#directory}/malformed-${++this.#attempts}`);
    for (const { what, code, operation } of this.#draw.some(requests, MALFORMED_AT_ONCE)) {
      await this.#mustFail(code, operation, `${what} was taken for good`);
    }
  }

  /** Of another release, of another cluster, in a session that there never was. */
  async #introduceWrongly(): Promise<void> {
    const context = this.#context();
    const contexts: [ErrorCode, v1.RequestContext.$Properties][] = [
      ['WRONG_VERSION', { ...context, protocolVersion: PROTOCOL_VERSION + 1 }],
      ['WRONG_CLUSTER', { ...context, clusterId: this.#bytes(this.#clusterId.length) }],
      ['SESSION_EXPIRED', { ...context, session: this.#bytes(ID_BYTES) }],
    ];
    const [code, wrong] = this.#draw.of(contexts);
    const mkdir = { node: { path: encodePath(`${this.#directory}/stranger`) } };
    const request = { context: wrong, operations: [{ sequence: 1, mkdir }] };
    const { network } = this.#process;
    try {
      const { results } = await callMethod(network, this.#metaserver, metadataService.batch, request, CALL_OPTIONS);
      answerOf(results[0] as Result);
    } catch (thrown) {
      if (knownError(thrown).code === code) return;
      throw thrown;
    }
    throw new OracleViolation(`a request that ${code} was to refuse was taken for good`);
  }

  /** Allowed: what clients do with files of very many extents. */
  async #copyInSteps(): Promise<void> {
    const from = { path: encodePath(`${this.#directory}/${SOURCE}`) };
    const directory = { path: encodePath(this.#directory) };
    const path = `${this.#directory}/copy-${++this.#attempts}`;
    const { stat } = answerOf(await this.#call({ stat: { node: from } }));
    const { contentVersion, bytes } = stat?.attributes ?? {};
    const { stage } = await this.#mutate({ stage: { directory } });
    const inode = stage?.inode ?? null;
    for (let isDone = false; !isDone; ) {
      const step = await this.#mutate({ copyExtents: { inode, from, contentVersion: contentVersion ?? 0 } });
      isDone = step.copyExtents?.done ?? true;
    }
    await this.#mutate({ publish: { inode, node: { path: encodePath(path) }, bytes: bytes ?? 0 } });
    this.copies.push(path);
  }

  async #mustFail(code: ErrorCode, operation: v1.Operation.$Properties, otherwise: string): Promise<void> {
    const isRead = operation.resolve !== undefined || isQuestion(operation);
    const result = await this.#call(isRead ? operation : { ...operation, sequence: ++this.#sequence });
    if (!result.error) throw new OracleViolation(otherwise);
    const error = told(result.error);
    // A lease may also end by itself while the metaserver cannot be reached.
    if (error.code === code || error.code === 'LEASE_CLOSED') return;
    if (isExcused(error.code)) throw error;
    throw new OracleViolation(`${otherwise}, or nearly: expected ${code}, got ${error.code}: ${error.message}`);
  }

  async #lease(): Promise<Granted> {
    const node = { path: encodePath(this.#directory) };
    const { getLayout } = answerOf(await this.#call({ getLayout: { node } }));
    const layout = getLayout?.effective ?? {};
    const { grantLease } = await this.#mutate({ grantLease: { layout, pgs: 1, stripesPerPg: 1 } });
    const { pg = 0, firstStripe } = grantLease?.ranges?.[0] ?? {};
    return {
      layout,
      lease: grantLease?.lease ?? new Uint8Array(),
      where: { pg: pg ?? 0, stripe: firstStripe ?? new Uint8Array() },
    };
  }

  /** All as it should be, but for the receipts. */
  async #putForged({ layout, lease, where }: Granted): Promise<v1.Operation.$Properties> {
    const request = { context: this.#context() };
    const { network } = this.#process;
    const { pgs } = await callMethod(network, this.#metaserver, clusterService.getMap, request, CALL_OPTIONS);
    const { members } = pgs.find(({ pg }) => pg === where.pg) ?? {};
    const target = layout.redundancy ?? {};
    const parityCount = target.parity ?? 0;
    const length = 1 + this.#draw.below(10_000);
    const slots = Array.from({ length: 1 + parityCount }, (_, position) => ({
      position,
      length,
      root: this.#bytes(ID_BYTES),
      server: members?.[position]?.server ?? 0,
      receipt: this.#bytes(RECEIPT_BYTES),
      durability: v1.Durability.DURABILITY_SYNCED,
    }));
    return {
      putFile: {
        node: { path: encodePath(`${this.#directory}/forged-${++this.#attempts}`) },
        bytes: length,
        extents: [{ ...where, fileOffset: 0, length, slot: 0 }],
        stripes: [{ ...where, lease, dataCount: 1, parityCount, slots, target }],
      },
    };
  }

  async #mutate(operation: v1.Operation.$Properties): Promise<Result> {
    return answerOf(await this.#call({ ...operation, sequence: ++this.#sequence }));
  }

  async #call(operation: v1.Operation.$Properties): Promise<Result> {
    const request = { context: this.#context(), operations: [operation] };
    const { network } = this.#process;
    const { results } = await callMethod(network, this.#metaserver, metadataService.batch, request, CALL_OPTIONS);
    const [result] = results;
    if (result === undefined) throw new OracleViolation('a batch with one operation was answered with no result');
    return result as Result;
  }

  async #openSession(): Promise<void> {
    const { network } = this.#process;
    const request = { context: this.#context(), clientName: NAME, nonce: this.#bytes(NONCE_BYTES) };
    const opened = await callMethod(network, this.#metaserver, metadataService.openSession, request, CALL_OPTIONS);
    this.#session = new Uint8Array(opened.session);
    this.#sequence = 0;
  }

  #context(): v1.RequestContext.$Properties {
    const session = this.#session === undefined ? {} : { session: this.#session };
    return { protocolVersion: PROTOCOL_VERSION, clusterId: this.#clusterId, ...session };
  }

  #bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#draw.below(256));
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.scheduler.schedule(ms, resolve);
    });
  }
}

/** @throws TesseraError that the metaserver answered with */
function answerOf(result: Result): Result {
  if (result.error) throw told(result.error);
  return result;
}

/** What the metaserver says is all that an intruder knows of its reasons. */
function told(wire: NonNullable<Result['error']>): TesseraError {
  const { code, message } = fromWireError(wire);
  return new TesseraError(code, message, { cause: new Error('the metaserver has said so') });
}

/** Trouble in the cluster, or a session that has ended meanwhile, explains it. */
function isExcused(code: ErrorCode): boolean {
  const meaning = meaningOf(code);
  return meaning === 'unanswered' || meaning === 'not done' || code === 'SESSION_EXPIRED';
}
