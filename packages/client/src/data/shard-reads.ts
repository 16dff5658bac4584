import { BLOCK_BYTES, FrameKind, fromWireError, READS_PER_FRAME_MAX, type TesseraError, v1 } from '@tessera/protocol';
import { SHARED_READ_BYTES_MAX } from '../limits.js';
import type { DataLinks } from './server-links.js';

/** Whole blocks of one shard. */
export interface ShardRead {
  readonly pg: number;
  /** 8 bytes. */
  readonly stripe: Uint8Array;
  readonly slot: number;
  readonly firstBlock: number;
  /** At least 1. */
  readonly blockCount: number;
}

/** What the server says of the shard, not verified. */
export interface ShardBlocks {
  /** Of the whole shard, in bytes. */
  readonly length: number;
  /** Block list of the whole shard. */
  readonly checksums: Uint8Array;
  /** The blocks asked for, as far as the shard goes: a part of the reply's buffer. */
  readonly bytes: Uint8Array;
}

interface WaitingRead {
  readonly read: ShardRead;
  resolve(blocks: ShardBlocks): void;
  reject(error: TesseraError): void;
}

/** Reads shards; small reads that one turn of the event loop asks of a server share a frame. */
export class ShardReads {
  readonly #links: DataLinks;
  /** By how many bytes a frame may have, then by server. */
  readonly #gathering = new Map<number, Map<number, WaitingRead[]>>();

  constructor(links: DataLinks) {
    this.#links = links;
  }

  /**
   * `frameBytesMax`: what a frame may have that the read shares.
   * @throws TesseraError NOT_FOUND, CORRUPT, DISK_FAILED, …: the server's answer; UNAVAILABLE
   */
  read(server: number, read: ShardRead, frameBytesMax = SHARED_READ_BYTES_MAX): Promise<ShardBlocks> {
    return new Promise((resolve, reject) => {
      const waiting = { read, resolve, reject };
      if (read.blockCount * BLOCK_BYTES > frameBytesMax) {
        void this.#send(server, [waiting]);
        return;
      }
      let servers = this.#gathering.get(frameBytesMax);
      if (servers === undefined) {
        servers = new Map();
        this.#gathering.set(frameBytesMax, servers);
        queueMicrotask(() => this.#sendGathered(frameBytesMax));
      }
      const gathered = servers.get(server);
      if (gathered !== undefined) gathered.push(waiting);
      else servers.set(server, [waiting]);
    });
  }

  #sendGathered(frameBytesMax: number): void {
    const servers = this.#gathering.get(frameBytesMax);
    this.#gathering.delete(frameBytesMax);
    for (const [server, reads] of servers ?? []) {
      for (const frame of shareFrames(reads, frameBytesMax)) void this.#send(server, frame);
    }
  }

  async #send(server: number, reads: readonly WaitingRead[]): Promise<void> {
    let bytes = 0;
    for (const { read } of reads) bytes += read.blockCount * BLOCK_BYTES;
    try {
      const replies = await this.#links.request(server, {
        kind: FrameKind.READ,
        header: v1.ReadRequest.encode({ reads: reads.map(({ read }) => read) }).finish(),
        body: [],
        bytes,
        decode: (frame) => splitReply(reads, v1.ReadReply.decode(frame.header), frame.body),
      });
      for (const [index, reply] of replies.entries()) {
        const { resolve, reject } = reads[index] as WaitingRead;
        if ('bytes' in reply) resolve(reply);
        else reject(reply);
      }
    } catch (error) {
      for (const { reject } of reads) reject(error as TesseraError);
    }
  }
}

/** Groups reads so that no frame's reply passes the limit, in order. */
function shareFrames(reads: readonly WaitingRead[], bytesMax: number): WaitingRead[][] {
  const frames: WaitingRead[][] = [];
  let blocks = 0;
  for (const waiting of reads) {
    const frame = frames.at(-1);
    blocks += waiting.read.blockCount;
    if (frame === undefined || frame.length >= READS_PER_FRAME_MAX || blocks * BLOCK_BYTES > bytesMax) {
      frames.push([waiting]);
      blocks = waiting.read.blockCount;
    } else frame.push(waiting);
  }
  return frames;
}

/** @throws Error when the reply cannot be an answer to the reads. */
function splitReply(
  reads: readonly WaitingRead[],
  reply: v1.ReadReply.$Properties,
  body: Uint8Array,
): (ShardBlocks | TesseraError)[] {
  const answers = reply.reads ?? [];
  if (answers.length !== reads.length) throw new Error(`${answers.length} answers to ${reads.length} reads`);
  let offset = 0;
  const result = answers.map((answer, index) => {
    if (answer.error) return fromWireError(answer.error);
    const bodyBytes = answer.bodyBytes ?? 0;
    const bytes = body.subarray(offset, offset + bodyBytes);
    offset += bodyBytes;
    if (bytes.length !== bodyBytes || bodyBytes > (reads[index] as WaitingRead).read.blockCount * BLOCK_BYTES) {
      throw new Error(`answer ${index} claims ${bodyBytes} bytes`);
    }
    return { length: answer.length ?? 0, checksums: answer.blockChecksums ?? new Uint8Array(), bytes };
  });
  if (offset !== body.length) throw new Error(`a body of ${body.length} bytes for answers of ${offset}`);
  return result;
}
