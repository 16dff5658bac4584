import { type Network, NetworkError } from '@tessera/env';
import type { SimulatedProcess, SimulatedWorld } from '@tessera/env/simulated';
import {
  blockChecksums,
  type ErrorCode,
  encodeFrameHead,
  encodeId,
  FRAME_FLAG_ERROR,
  type Frame,
  FrameDecoder,
  FrameKind,
  fromWireError,
  PROTOCOL_VERSION,
  v1,
} from '@tessera/protocol';
import type { Draw } from '../draw.js';
import { OracleViolation } from '../oracle/violation.js';
import type { Books } from './books.js';
import { gapAfterMs } from './pace.js';

/** What an ailing disk may answer to anything, where a fault made it so. */
const DISK_TROUBLE = ['DISK_FAILED', 'DISK_FULL'] as const satisfies readonly ErrorCode[];
const NAME = 'stranger';
const ADDRESS_PORT = 7070;
const CONNECT_MS_MAX = 3_000;
const ANSWER_MS_MAX = 20_000;
/** Between two attempts. */
const GAP_MS_MAX = 5_000;
const BODY = Uint8Array.of(1, 2, 3, 4);
/** No stripe has it: ids begin with the number of an era. */
const NO_STRIPE = encodeId(7n);

/** What came of a frame: an error's code, `ok`, or the end of the connection. */
type Answer = string;

/** It may just die, or not know its cluster yet. */
const EXCUSES: ReadonlySet<Answer> = new Set(['closed', 'late', 'UNAVAILABLE']);

interface Attempt {
  readonly what: string;
  readonly kind: number;
  readonly header: Uint8Array;
  readonly body?: Uint8Array;
  readonly answers: readonly Answer[];
}

/** Speaks to chunkservers as nobody should. Nothing of it may do anything, and they go on. */
export class Stranger {
  readonly #world: SimulatedWorld;
  readonly #hosts: readonly string[];
  readonly #draw: Draw;
  readonly #books: Books;
  readonly #clusterId: Uint8Array;
  readonly #process: SimulatedProcess;

  constructor(options: {
    world: SimulatedWorld;
    hosts: readonly string[];
    draw: Draw;
    books: Books;
    clusterId: Uint8Array;
  }) {
    this.#world = options.world;
    this.#hosts = options.hosts;
    this.#draw = options.draw;
    this.#books = options.books;
    this.#clusterId = options.clusterId;
    this.#process = this.#world.host(NAME).start(NAME);
  }

  /** @throws OracleViolation */
  async run(isOver: () => boolean): Promise<void> {
    for (let turn = 0; !isOver(); turn++) {
      await this.#attempt();
      await new Promise<void>((resolve) => {
        this.#world.scheduler.schedule(this.#draw.upTo(gapAfterMs(turn, GAP_MS_MAX)), resolve);
      });
    }
  }

  async #attempt(): Promise<void> {
    const draw = this.#draw;
    const isIntroduced = draw.chance(0.7);
    const attempt = draw.of(isIntroduced ? this.#requests() : this.#introductions());
    const hello = this.#hello({});
    const peer = new Peer(this.#process.network, this.#world);
    try {
      await peer.connect(`${draw.of(this.#hosts)}:${ADDRESS_PORT}`);
      if (isIntroduced && (await peer.ask(FrameKind.HELLO, hello)) !== 'ok') return;
      const answer = await peer.ask(attempt.kind, attempt.header, attempt.body);
      this.#books.count(`stranger: ${answer}`);
      if (EXCUSES.has(answer)) return;
      if (DISK_TROUBLE.some((code) => code === answer && this.#books.isExplained(code))) return;
      if (!attempt.answers.includes(answer)) {
        throw new OracleViolation(`${attempt.what} was answered ${answer}, not ${attempt.answers.join(' or ')}`);
      }
    } catch (thrown) {
      if (!(thrown instanceof NetworkError)) throw thrown;
    } finally {
      peer.leave();
    }
  }

  #hello(fields: v1.HelloRequest.$Properties): Uint8Array {
    const hello = { protocolVersion: PROTOCOL_VERSION, clusterId: this.#clusterId, peer: NAME, ...fields };
    return v1.HelloRequest.encode(hello).finish();
  }

  #introductions(): Attempt[] {
    const hello = (what: string, fields: v1.HelloRequest.$Properties, answer: string): Attempt => ({
      what,
      kind: FrameKind.HELLO,
      header: this.#hello(fields),
      answers: [answer],
    });
    return [
      hello('another release', { protocolVersion: PROTOCOL_VERSION + 1 }, 'WRONG_VERSION'),
      hello('another cluster', { clusterId: Uint8Array.of(1) }, 'WRONG_CLUSTER'),
      hello('a long name', { peer: 'x'.repeat(129) }, 'INVALID_ARGUMENT'),
      { what: 'no introduction', kind: FrameKind.READ, header: new Uint8Array(), answers: ['closed'] },
      { what: 'noise', kind: FrameKind.HELLO, header: Uint8Array.of(0xff, 0xff), answers: ['closed'] },
    ];
  }

  #requests(): Attempt[] {
    const checksums = blockChecksums(BODY);
    const slot = (fields: object = {}) => ({ length: BODY.length, blockChecksums: checksums, ...fields });
    const write = (what: string, fields: v1.WriteRequest.$Properties, body = BODY, answer = 'INVALID_ARGUMENT') => ({
      what,
      kind: FrameKind.WRITE,
      header: v1.WriteRequest.encode({
        pg: 1,
        stripe: NO_STRIPE,
        slot: 0,
        position: 0,
        durability: v1.Durability.DURABILITY_SYNCED,
        description: { dataCount: 1, parityCount: 0, slots: [slot()] },
        ...fields,
      }).finish(),
      body,
      answers: [answer],
    });
    const described = (slots: object[], dataCount = 1, parityCount = 0) => ({
      description: { dataCount, parityCount, slots },
    });
    const none = { pg: 1, stripe: NO_STRIPE, slot: 0 };
    return [
      write('a shard of no stripe', { stripe: new Uint8Array() }),
      write('a shard of a slot that there is not', { slot: 5 }),
      write('a slot past all slots', { slot: 99 }),
      write('a position past all positions', { position: 99 }),
      write('another length', {}, Uint8Array.of(1)),
      write('other bytes', {}, Uint8Array.of(4, 3, 2, 1), 'CORRUPT'),
      write('a stripe of no data', described([slot()], 0)),
      write('a stripe of too many shards', described([slot()], 33)),
      write('slots that are not described', described([slot()], 1, 1)),
      write('a slot of nothing', described([slot({ length: 0 })])),
      write('checksums that are missing', described([slot({ blockChecksums: new Uint8Array() })])),
      write('parity of another length', described([slot(), slot({ length: 9 })], 1, 1)),
      {
        what: 'a description of what is not there',
        kind: FrameKind.DESCRIBE,
        header: v1.DescribeRequest.encode(none).finish(),
        answers: ['NOT_FOUND'],
      },
      {
        what: 'a deletion of an era that is over',
        kind: FrameKind.DELETE,
        header: v1.DeleteRequest.encode({ ...none, era: 0 }).finish(),
        answers: ['DEPOSED'],
      },
      {
        what: 'a deletion of an era to come',
        kind: FrameKind.DELETE,
        header: v1.DeleteRequest.encode({ ...none, era: 1_000_000 }).finish(),
        answers: ['UNAVAILABLE'],
      },
      { what: 'noise', kind: FrameKind.READ, header: Uint8Array.of(0xff, 0xff), answers: ['closed'] },
      { what: 'a second introduction', kind: FrameKind.HELLO, header: this.#hello({}), answers: ['closed'] },
      { what: 'a request of no kind', kind: 99, header: new Uint8Array(), answers: ['UNIMPLEMENTED'] },
    ];
  }
}

/** One connection, one frame at a time. */
class Peer {
  readonly #network: Network;
  readonly #world: SimulatedWorld;
  readonly #decoder = new FrameDecoder({ allocate: (bytes) => new Uint8Array(bytes) });
  #connection: Awaited<ReturnType<Network['connect']>> | undefined;
  #answer: (answer: Answer) => void = () => {};
  #isClosed = false;
  #requests = 0;

  constructor(network: Network, world: SimulatedWorld) {
    this.#network = network;
    this.#world = world;
  }

  /** @throws NetworkError */
  async connect(address: string): Promise<void> {
    const events = {
      data: (chunk: Uint8Array) => this.#decoder.push(chunk, (frame) => this.#answer(wordOf(frame))),
      drain() {},
      close: () => {
        this.#isClosed = true;
        this.#answer('closed');
      },
    };
    this.#connection = await this.#network.connect(address, events, { timeoutMs: CONNECT_MS_MAX });
  }

  ask(kind: number, header: Uint8Array, body: Uint8Array = new Uint8Array()): Promise<Answer> {
    if (this.#isClosed) return Promise.resolve('closed');
    return new Promise((resolve) => {
      const late = this.#world.scheduler.schedule(ANSWER_MS_MAX, () => resolve('late'));
      this.#answer = (answer) => {
        late.cancel();
        resolve(answer);
      };
      this.#connection?.write([encodeFrameHead(kind as FrameKind, 0, ++this.#requests, header, body.length), body]);
    });
  }

  leave(): void {
    this.#connection?.destroy();
  }
}

function wordOf({ flags, header }: Frame): Answer {
  if ((flags & FRAME_FLAG_ERROR) === 0) return 'ok';
  return fromWireError(v1.Error.decode(header)).code;
}
