import { hash64 } from './checksum.js';
import { readUint32, readUint64, writeUint32, writeUint64 } from './ids.js';
import { FRAME_BODY_BYTES_MAX, FRAME_HEADER_BYTES_MAX, FRAME_PREFIX_BYTES } from './limits.js';

/* The data plane's frames; the bytes are specified in docs/internals/wire-protocol.md. */

export const FrameKind = { HELLO: 1, WRITE: 2, READ: 3, DESCRIBE: 4, DELETE: 5 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Set in a reply; a request has neither. */
export const FRAME_FLAG_REPLY = 1;
/** Set in a reply whose header is an Error. */
export const FRAME_FLAG_ERROR = 2;

export const FRAME_VERSION = 1;
/** 'TSRA' */
const FRAME_MAGIC = 0x54535241;
const CHECKSUM_OFFSET = 24;

export interface Frame {
  kind: number;
  flags: number;
  requestId: number;
  /** An encoded protobuf message of data.proto; a view that lives as long as the frame. */
  header: Uint8Array;
  /** The payload in one piece, from the decoder's `allocate`; the receiver owns it. */
  body: Uint8Array;
}

/** A peer broke the framing: the connection is of no more use. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

/** Prefix and header in one chunk; the body's chunks follow it on the connection unchanged. */
export function encodeFrameHead(
  kind: number,
  flags: number,
  requestId: number,
  header: Uint8Array,
  bodyBytes: number,
): Uint8Array {
  if (header.length > FRAME_HEADER_BYTES_MAX) {
    throw new FrameError(`frame header of ${header.length} bytes; at most ${FRAME_HEADER_BYTES_MAX} are allowed`);
  }
  if (bodyBytes > FRAME_BODY_BYTES_MAX) {
    throw new FrameError(`frame body of ${bodyBytes} bytes; at most ${FRAME_BODY_BYTES_MAX} are allowed`);
  }
  const head = new Uint8Array(FRAME_PREFIX_BYTES + header.length);
  writeUint32(head, 0, FRAME_MAGIC);
  head[4] = FRAME_VERSION;
  head[5] = kind;
  head[6] = flags >>> 8;
  head[7] = flags;
  writeUint32(head, 8, requestId);
  writeUint32(head, 12, header.length);
  writeUint32(head, 16, bodyBytes);
  writeUint64(head, CHECKSUM_OFFSET, prefixChecksum(head, header));
  head.set(header, FRAME_PREFIX_BYTES);
  return head;
}

function prefixChecksum(prefix: Uint8Array, header: Uint8Array): bigint {
  return hash64(prefix.subarray(0, CHECKSUM_OFFSET), hash64(header));
}

/**
 * Takes the bytes of one connection in any pieces and emits whole frames. For a header memory is asked for on the word of
 * a prefix that nothing vouches for yet, so `allocateHeader` must bound it; a body gets one buffer of its exact length once
 * prefix and header are verified.
 */
export class FrameDecoder {
  readonly #allocate: (bytes: number) => Uint8Array;
  readonly #allocateHeader: (bytes: number) => Uint8Array;
  readonly #prefix = new Uint8Array(FRAME_PREFIX_BYTES);
  #prefixFilled = 0;
  #header: Uint8Array | undefined;
  #headerFilled = 0;
  #body: Uint8Array | undefined;
  #bodyFilled = 0;

  /** Either may refuse with a FrameError; without `allocateHeader` headers of FRAME_HEADER_BYTES_MAX are taken. */
  constructor(options: { allocate: (bytes: number) => Uint8Array; allocateHeader?: (bytes: number) => Uint8Array }) {
    this.#allocate = options.allocate;
    this.#allocateHeader = options.allocateHeader ?? ((bytes) => new Uint8Array(bytes));
  }

  /** Whether a frame has begun and not ended. */
  get isMidFrame(): boolean {
    return this.#prefixFilled > 0;
  }

  /** @throws FrameError: close the connection. */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#header === undefined) {
        offset = this.#takePrefix(chunk, offset);
        if (this.#header === undefined) return;
      }
      if (this.#body === undefined) {
        offset = this.#takeHeader(chunk, offset);
        if (this.#body === undefined) return;
      }
      offset = this.#takeBody(chunk, offset);
      if (this.#bodyFilled < this.#body.length) return;
      onFrame(this.#finish());
    }
  }

  #takePrefix(chunk: Uint8Array, offset: number): number {
    const taken = fill(this.#prefix, this.#prefixFilled, chunk, offset);
    this.#prefixFilled += taken;
    // Magic and version are judged as soon as they are there: a stranger must not be waited for.
    if (this.#prefixFilled >= 5) checkMagic(this.#prefix);
    if (this.#prefixFilled < FRAME_PREFIX_BYTES) return offset + taken;
    const headerBytes = readUint32(this.#prefix, 12);
    const bodyBytes = readUint32(this.#prefix, 16);
    if (headerBytes > FRAME_HEADER_BYTES_MAX || bodyBytes > FRAME_BODY_BYTES_MAX) {
      throw new FrameError(
        `frame announces a header of ${headerBytes} and a body of ${bodyBytes} bytes: over the limits`,
      );
    }
    this.#header = this.#allocateHeader(headerBytes);
    this.#headerFilled = 0;
    return offset + taken;
  }

  #takeHeader(chunk: Uint8Array, offset: number): number {
    const header = this.#header as Uint8Array;
    const taken = fill(header, this.#headerFilled, chunk, offset);
    this.#headerFilled += taken;
    if (this.#headerFilled < header.length) return offset + taken;
    if (prefixChecksum(this.#prefix, header) !== readUint64(this.#prefix, CHECKSUM_OFFSET)) {
      throw new FrameError('frame checksum does not match');
    }
    const bodyBytes = readUint32(this.#prefix, 16);
    this.#body = bodyBytes === 0 ? EMPTY : this.#allocate(bodyBytes);
    this.#bodyFilled = 0;
    return offset + taken;
  }

  #takeBody(chunk: Uint8Array, offset: number): number {
    const taken = fill(this.#body as Uint8Array, this.#bodyFilled, chunk, offset);
    this.#bodyFilled += taken;
    return offset + taken;
  }

  #finish(): Frame {
    const frame: Frame = {
      kind: this.#prefix[5] as number,
      flags: ((this.#prefix[6] as number) << 8) | (this.#prefix[7] as number),
      requestId: readUint32(this.#prefix, 8),
      header: this.#header as Uint8Array,
      body: this.#body as Uint8Array,
    };
    this.#prefixFilled = 0;
    this.#header = undefined;
    this.#body = undefined;
    return frame;
  }
}

const EMPTY = new Uint8Array(0);

function fill(target: Uint8Array, filled: number, chunk: Uint8Array, offset: number): number {
  const count = Math.min(target.length - filled, chunk.length - offset);
  target.set(offset === 0 && count === chunk.length ? chunk : chunk.subarray(offset, offset + count), filled);
  return count;
}

function checkMagic(prefix: Uint8Array): void {
  if (readUint32(prefix, 0) !== FRAME_MAGIC) throw new FrameError('not a Tessera data-plane peer: wrong magic bytes');
  if (prefix[4] !== FRAME_VERSION) {
    throw new FrameError(`peer speaks frame version ${prefix[4]}; this side speaks ${FRAME_VERSION}`);
  }
}
