import type { Connection, Network, NetworkError } from '@tessera/env';
import {
  blockChecksums,
  encodeFrameHead,
  encodeId,
  FRAME_FLAG_ERROR,
  type Frame,
  FrameDecoder,
  FrameKind,
  fromWireError,
  PROTOCOL_VERSION,
  TesseraError,
  v1,
} from '@tessera/protocol';
import type { PutRequest } from '../log/append-request.js';
import type { ShardKey } from '../log/shard-key.js';

interface Waiter {
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

/** A client of the data plane for tests: knows frames, verifies nothing. */
export class Peer {
  readonly #waiting = new Map<number, Waiter>();
  readonly #decoder = new FrameDecoder({ allocate: (bytes) => new Uint8Array(bytes) });
  #connection: Connection | undefined;
  #nextId = 1;
  /** Replies in the order they came. */
  readonly replies: number[] = [];
  /** Set once the connection has ended. */
  closed: { error: NetworkError | undefined } | undefined;
  readonly ended: Promise<void>;
  #onEnded: () => void = () => {};

  private constructor() {
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
  }

  static async connect(network: Network, address: string): Promise<Peer> {
    const peer = new Peer();
    peer.#connection = await network.connect(
      address,
      {
        data: (chunk) => peer.#decoder.push(chunk, (frame) => peer.#receive(frame)),
        drain() {},
        close: (error) => peer.#close(error),
      },
      { timeoutMs: 10_000 },
    );
    return peer;
  }

  get connection(): Connection {
    return this.#connection as Connection;
  }

  hello(clusterId: Uint8Array, protocolVersion = PROTOCOL_VERSION): Promise<v1.HelloReply> {
    const header = v1.HelloRequest.encode({ protocolVersion, clusterId, peer: 'test' }).finish();
    return this.request(FrameKind.HELLO, header).then((frame) => v1.HelloReply.decode(frame.header));
  }

  /** Sends a request; resolves with its reply. @throws TesseraError the reply's error; Error when the connection ends */
  request(kind: number, header: Uint8Array, body: Uint8Array = new Uint8Array(0)): Promise<Frame> {
    const id = this.#nextId++;
    const reply = new Promise<Frame>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.send(encodeFrameHead(kind, 0, id, header, body.length), body);
    return reply;
  }

  /** Sends bytes as they are. */
  send(...chunks: Uint8Array[]): void {
    this.connection.write(chunks);
  }

  async write(put: PutRequest, durability = v1.Durability.DURABILITY_SYNCED): Promise<v1.WriteReply> {
    const frame = await this.request(FrameKind.WRITE, encodeWrite(put, durability), put.payload);
    return v1.WriteReply.decode(frame.header);
  }

  async read(...reads: (ShardKey & { firstBlock?: number; blockCount?: number })[]): Promise<ReadAnswer[]> {
    const header = v1.ReadRequest.encode({
      reads: reads.map(({ stripe, ...rest }) => ({ ...rest, stripe: encodeId(stripe) })),
    }).finish();
    const frame = await this.request(FrameKind.READ, header);
    let at = 0;
    return v1.ReadReply.decode(frame.header).reads.map((reply) => {
      if (reply.error) return fromWireError(reply.error);
      const bytes = frame.body.subarray(at, at + (reply.bodyBytes ?? 0));
      at += bytes.length;
      return { length: reply.length ?? 0, blockChecksums: reply.blockChecksums ?? new Uint8Array(0), bytes };
    });
  }

  async describe({ pg, stripe, slot }: ShardKey): Promise<v1.DescribeReply> {
    const header = v1.DescribeRequest.encode({ pg, stripe: encodeId(stripe), slot }).finish();
    return v1.DescribeReply.decode((await this.request(FrameKind.DESCRIBE, header)).header);
  }

  async delete({ pg, stripe, slot }: ShardKey, era: number): Promise<boolean> {
    const header = v1.DeleteRequest.encode({ era, pg, stripe: encodeId(stripe), slot }).finish();
    return v1.DeleteReply.decode((await this.request(FrameKind.DELETE, header)).header).existed;
  }

  #receive(frame: Frame): void {
    this.replies.push(frame.requestId);
    const waiter = this.#waiting.get(frame.requestId);
    this.#waiting.delete(frame.requestId);
    if ((frame.flags & FRAME_FLAG_ERROR) === 0) waiter?.resolve(frame);
    else waiter?.reject(fromWireError(v1.Error.decode(frame.header)));
  }

  #close(error: NetworkError | undefined): void {
    this.closed = { error };
    for (const { reject } of this.#waiting.values()) reject(new Error('the connection has ended'));
    this.#onEnded();
  }
}

export type ReadAnswer = TesseraError | { length: number; blockChecksums: Uint8Array; bytes: Uint8Array };

export function encodeWrite(put: PutRequest, durability = v1.Durability.DURABILITY_SYNCED): Uint8Array {
  const { pg, stripe, slot, position, description } = put;
  const slots = description.slots.map(({ length, blockChecksums: list }) => ({ length, blockChecksums: list }));
  return v1.WriteRequest.encode({
    pg,
    stripe: encodeId(stripe),
    slot,
    position,
    durability,
    description: { ...description, slots },
  }).finish();
}

/** The bytes of an answer, verified against its own block list. */
export function bytesOf(answer: ReadAnswer | undefined): Uint8Array {
  if (answer === undefined || answer instanceof TesseraError) throw answer;
  if (
    answer.bytes.length === answer.length &&
    Buffer.compare(blockChecksums(answer.bytes), answer.blockChecksums) !== 0
  ) {
    throw new Error('the bytes do not have the checksums that came with them');
  }
  return answer.bytes;
}
