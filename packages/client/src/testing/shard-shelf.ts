import {
  BLOCK_BYTES,
  encodeId,
  FrameKind,
  hash64,
  readUint64,
  shardRoot,
  TesseraError,
  v1,
  writeUint64,
} from '@tessera/protocol';
import { ServerHealth } from '../cluster/server-health.js';
import type { DataRequest } from '../data/data-connection.js';
import { ManualClock } from './manual-clock.js';

interface ShelvedShard {
  readonly request: v1.WriteRequest;
  readonly bytes: Uint8Array;
}

/** Chunkservers as far as one request and its answer go, in memory: for tests of what stands on the data plane. */
export class ShardShelf {
  readonly clock = new ManualClock();
  readonly health = new ServerHealth(this.clock, () => Promise.reject(new Error('never back')));
  readonly down = new Set<number>();
  /** Called before a request is served; what it throws is the answer. */
  before: (server: number, kind: number) => void | Promise<void> = () => {};
  readonly requests: { server: number; kind: number }[] = [];
  readonly #shards = new Map<string, ShelvedShard>();

  load(): number {
    return 0;
  }

  shard(server: number, pg: number, stripe: Uint8Array, slot: number): Uint8Array | undefined {
    return this.#shards.get(keyOf(server, pg, stripe, slot))?.bytes;
  }

  lose(server: number, pg: number, stripe: Uint8Array, slot: number): void {
    this.#shards.delete(keyOf(server, pg, stripe, slot));
  }

  async request<Reply>(server: number, request: DataRequest<Reply>): Promise<Reply> {
    this.requests.push({ server, kind: request.kind });
    await this.before(server, request.kind);
    if (this.down.has(server)) {
      this.health.failed(server, 'connection refused');
      throw new TesseraError('UNAVAILABLE', `server ${server}: connection refused`);
    }
    const body = Buffer.concat(request.body);
    const { header, reply } = this.#serve(server, request.kind, request.header, body);
    return request.decode({ kind: request.kind, flags: 1, requestId: 1, header, body: reply });
  }

  #serve(server: number, kind: number, header: Uint8Array, body: Uint8Array) {
    const nothing = new Uint8Array();
    if (kind === FrameKind.WRITE) return { header: this.#write(server, header, body), reply: nothing };
    if (kind === FrameKind.READ) return this.#read(server, v1.ReadRequest.decode(header));
    const { pg, stripe, slot } = v1.DescribeRequest.decode(header);
    const { request } = this.#find(server, pg, stripe, slot);
    const { position, description } = request;
    return { header: v1.DescribeReply.encode({ position, description: description ?? {} }).finish(), reply: nothing };
  }

  #write(server: number, header: Uint8Array, body: Uint8Array): Uint8Array {
    const request = v1.WriteRequest.decode(header);
    const slot = request.description?.slots?.[request.slot];
    const list = slot?.blockChecksums ?? new Uint8Array();
    for (let offset = 0, at = 0; offset < body.length; offset += BLOCK_BYTES, at += 8) {
      if (hash64(body.subarray(offset, offset + BLOCK_BYTES)) !== readUint64(list, at)) {
        throw new TesseraError('CORRUPT', 'body and block list differ');
      }
    }
    if (slot?.length !== body.length) throw new TesseraError('INVALID_ARGUMENT', 'body and length differ');
    this.#shards.set(keyOf(server, request.pg, request.stripe, request.slot), { request, bytes: body });
    const root = encodeId(shardRoot(body.length, list));
    const receipt = new Uint8Array(16);
    writeUint64(receipt, 0, BigInt(server));
    return v1.WriteReply.encode({ server, root, receipt, durability: request.durability }).finish();
  }

  #read(server: number, { reads }: v1.ReadRequest) {
    const bodies: Uint8Array[] = [];
    const answers = reads.map((read) => {
      try {
        const { request, bytes } = this.#find(server, read.pg ?? 0, read.stripe ?? new Uint8Array(), read.slot ?? 0);
        const from = (read.firstBlock ?? 0) * BLOCK_BYTES;
        const part = bytes.subarray(from, from + (read.blockCount ?? 0) * BLOCK_BYTES);
        bodies.push(part);
        const blockChecksums = request.description?.slots?.[request.slot]?.blockChecksums ?? new Uint8Array();
        return { length: bytes.length, blockChecksums, bodyBytes: part.length };
      } catch (error) {
        const { code, message } = TesseraError.from(error);
        return { error: { code, message } };
      }
    });
    return { header: v1.ReadReply.encode({ reads: answers }).finish(), reply: new Uint8Array(Buffer.concat(bodies)) };
  }

  #find(server: number, pg: number, stripe: Uint8Array, slot: number): ShelvedShard {
    const shard = this.#shards.get(keyOf(server, pg, stripe, slot));
    if (shard === undefined) throw new TesseraError('NOT_FOUND', `server ${server} has no such shard`);
    return shard;
  }
}

function keyOf(server: number, pg: number, stripe: Uint8Array, slot: number): string {
  return `${server} ${pg} ${Buffer.from(stripe).toString('hex')} ${slot}`;
}
