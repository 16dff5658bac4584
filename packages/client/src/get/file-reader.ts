import type { Clock } from '@tessera/env';
import { FILE_BYTES_MAX, TesseraError, type v1 } from '@tessera/protocol';
import { ByteWindow } from '../byte-window.js';
import type { Counters } from '../counters.js';
import {
  FILE_READ_BYTES_MAX,
  READ_AHEAD_BYTES_MAX,
  READ_RESTARTS_MAX,
  READ_SHORTAGE_MS_MAX,
  READ_SHORTAGE_RETRY_MS,
} from '../limits.js';
import { ownBytes } from '../own-bytes.js';
import { pause, type Scope } from '../scope.js';
import { clipPiece, isSamePlace, type Piece, type ResolvedFile } from './resolved-file.js';
import type { Resolver } from './resolver.js';
import type { StripeReader } from './stripe-reader.js';

export interface FileReaderParts {
  readonly clock: Clock;
  readonly resolver: Pick<Resolver, 'first' | 'resolve' | 'pieces' | 'again'>;
  readonly stripes: Pick<StripeReader, 'read' | 'mayReturn' | 'lookAgain'>;
  readonly counters: Counters;
}

/** A piece that is being read before its turn. */
interface PieceAhead {
  readonly bytes: Promise<Uint8Array>;
  readonly length: number;
}

/** Times one piece of a file is looked for again because its shards had moved. */
const MOVES_MAX = 3;

/** Reads files and parts of them. */
export class FileReader {
  readonly #parts: FileReaderParts;

  constructor(parts: FileReaderParts) {
    this.#parts = parts;
  }

  /** A whole file. */
  async whole(path: Uint8Array, scope: Scope): Promise<Uint8Array> {
    const { resolver, counters } = this.#parts;
    for (let restarts = 0; ; restarts++) {
      try {
        const file = await resolver.first({ path }, 0, scope);
        const content = await this.#range(file, 0, file.bytes, scope);
        counters.bytesRead += content.length;
        return content;
      } catch (error) {
        const changed = error instanceof TesseraError && error.code === 'CHANGED';
        if (!changed || restarts >= READ_RESTARTS_MAX) throw error;
      }
    }
  }

  /** Up to `length` bytes from `offset`: fewer only at the end of the file, none past it. */
  async part(node: v1.NodeRef.$Properties, offset: number, length: number, scope: Scope): Promise<Uint8Array> {
    const { resolver, counters } = this.#parts;
    if (length === 0) return new Uint8Array();
    const file = await resolver.resolve(node, offset, Math.min(length, FILE_BYTES_MAX - offset), scope);
    const content = await this.#range(file, Math.min(offset, file.bytes), Math.min(file.bytes, offset + length), scope);
    counters.bytesRead += content.length;
    return content;
  }

  /** Bytes [start, end) in order, in pieces of at most a segment, with bounded read-ahead. */
  async *stream(path: Uint8Array, start: number, end: number, scope: Scope): AsyncGenerator<Uint8Array> {
    const { resolver, counters } = this.#parts;
    const file = await resolver.first({ path }, start, scope);
    const to = Math.min(end, file.bytes);
    const from = Math.min(start, to);
    for await (const bytes of this.#ordered(file, from, to, scope)) {
      counters.bytesRead += bytes.length;
      scope.rest();
      yield bytes;
      scope.progress();
    }
  }

  /** One range as one array. With one shard behind it, it is what was received; else each piece is copied once. */
  async #range(file: ResolvedFile, from: number, to: number, scope: Scope): Promise<Uint8Array> {
    if (file.inline !== undefined) return ownBytes(file.inline.subarray(from, to));
    if (from >= to) return new Uint8Array();
    const [only] = file.pieces;
    if (file.pieces.length === 1 && only !== undefined && only.fileOffset <= from && pieceEnd(only) >= to) {
      const skip = from - only.fileOffset;
      const wanted = { ...only, fileOffset: from, length: to - from, segmentOffset: only.segmentOffset + skip };
      return owned(await this.#piece(file, wanted, scope, 0));
    }
    return this.#assemble(file, from, to, scope);
  }

  async #assemble(file: ResolvedFile, from: number, to: number, scope: Scope): Promise<Uint8Array> {
    const content = new Uint8Array(Buffer.allocUnsafeSlow(to - from).buffer);
    const window = new ByteWindow(FILE_READ_BYTES_MAX);
    const reading: Promise<void>[] = [];
    let failed = false;
    let covered = from;
    for await (const piece of this.#parts.resolver.pieces(file, from, to, scope)) {
      content.fill(0, covered - from, piece.fileOffset - from);
      covered = pieceEnd(piece);
      while (!failed && !window.tryTake(piece.length)) await scope.race(window.freed());
      if (failed) break;
      const read = this.#piece(file, piece, scope, 0).then((bytes) => {
        content.set(bytes, piece.fileOffset - from);
        window.give(piece.length);
      });
      reading.push(read);
      read.catch(() => {
        failed = true;
        window.give(0);
      });
    }
    await Promise.all(reading);
    content.fill(0, covered - from);
    return content;
  }

  async *#ordered(file: ResolvedFile, from: number, to: number, scope: Scope): AsyncGenerator<Uint8Array> {
    if (file.inline !== undefined) {
      if (from < to) yield ownBytes(file.inline.subarray(from, to));
      return;
    }
    const window = new ByteWindow(READ_AHEAD_BYTES_MAX);
    const ahead: PieceAhead[] = [];
    let covered = from;
    for await (const piece of this.#parts.resolver.pieces(file, from, to, scope)) {
      while (!window.tryTake(piece.length)) {
        const first = ahead.shift();
        if (first === undefined) break;
        yield owned(await first.bytes);
        window.give(first.length);
      }
      if (piece.fileOffset > covered) {
        yield* this.#drain(ahead, window);
        yield* zeros(piece.fileOffset - covered);
      }
      covered = pieceEnd(piece);
      const bytes = this.#piece(file, piece, scope, 0);
      // Its failure is met when its turn comes, or never, if nobody reads on.
      bytes.catch(() => {});
      ahead.push({ bytes, length: piece.length });
    }
    yield* this.#drain(ahead, window);
    yield* zeros(to - covered);
  }

  async *#drain(ahead: PieceAhead[], window: ByteWindow): AsyncGenerator<Uint8Array> {
    for (const { bytes, length } of ahead.splice(0)) {
      yield owned(await bytes);
      window.give(length);
    }
  }

  /** One piece; asks the metadata again when it is not where it was, and waits a little for servers to come back. */
  async #piece(file: ResolvedFile, piece: Piece, scope: Scope, moves: number): Promise<Uint8Array> {
    const { clock, resolver, stripes } = this.#parts;
    const { stripe, slot, segmentOffset, length } = piece;
    const giveUpAtMs = clock.monotonicMs() + READ_SHORTAGE_MS_MAX;
    let askedAgain = false;
    let lookedAgain = false;
    for (;;) {
      let failure: TesseraError;
      try {
        const bytes = await stripes.read(stripe, slot, segmentOffset, segmentOffset + length, askedAgain, scope);
        scope.progress();
        return bytes;
      } catch (thrown) {
        failure = TesseraError.from(thrown);
      }
      if ((failure.code === 'NOT_FOUND' || failure.code === 'DATA_LOSS') && !askedAgain) {
        askedAgain = true;
        const again = await resolver.again(file, piece.fileOffset, length, scope);
        const only = again.pieces[0] && clipPiece(again.pieces[0], piece.fileOffset, pieceEnd(piece));
        if (only !== undefined && isSamePlace(only, piece)) continue;
        if (moves < MOVES_MAX) return this.#moved(again, piece, scope, moves + 1);
      }
      const hopeful = !lookedAgain || (stripes.mayReturn(stripe) && clock.monotonicMs() < giveUpAtMs);
      if (failure.code !== 'UNAVAILABLE' || !hopeful) throw failure;
      lookedAgain = true;
      stripes.lookAgain();
      await pause(clock, READ_SHORTAGE_RETRY_MS, scope);
      scope.check();
    }
  }

  /** A piece whose bytes lie elsewhere by now, perhaps in several shards. */
  async #moved(again: ResolvedFile, piece: Piece, scope: Scope, moves: number): Promise<Uint8Array> {
    const { resolver } = this.#parts;
    const content = new Uint8Array(piece.length);
    for await (const part of resolver.pieces(again, piece.fileOffset, pieceEnd(piece), scope)) {
      content.set(await this.#piece(again, part, scope, moves), part.fileOffset - piece.fileOffset);
    }
    return content;
  }
}

function pieceEnd(piece: Piece): number {
  return piece.fileOffset + piece.length;
}

/** The application must not hold a large buffer for a small part of it: then the part is copied. */
function owned(bytes: Uint8Array): Uint8Array {
  return bytes.length * 2 < bytes.buffer.byteLength ? ownBytes(bytes) : bytes;
}

const ZEROS_BYTES_MAX = 1024 * 1024;

/** A hole of the file, in handy lengths. */
function* zeros(bytes: number): Generator<Uint8Array> {
  for (let left = bytes; left > 0; left -= ZEROS_BYTES_MAX) yield new Uint8Array(Math.min(left, ZEROS_BYTES_MAX));
}
