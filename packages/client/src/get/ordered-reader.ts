import { BLOCK_BYTES } from '@tessera/protocol';
import { STREAM_SCARCE_BYTES, STREAM_SHARED_BLOCKS_MAX } from '../limits.js';
import { ownBytes } from '../own-bytes.js';
import type { Scope } from '../scope.js';
import type { PieceReader } from './piece-reader.js';
import type { ReadBudget, StreamShare } from './read-budget.js';
import { clipPiece, type Piece, pieceEnd, type ResolvedFile, uncovered } from './resolved-file.js';
import type { Resolver } from './resolver.js';
import { SharedBlocks } from './shared-blocks.js';

export interface OrderedReaderParts {
  readonly resolver: Pick<Resolver, 'pieces'>;
  readonly pieces: Pick<PieceReader, 'read' | 'block'>;
  readonly budget: ReadBudget;
}

/** A piece that is being read before its turn. */
interface PieceAhead {
  readonly bytes: Promise<Uint8Array>;
  readonly length: number;
}

/**
 * Reads files from one end to the other for whoever takes it piece by piece. What was handed out last counts as held until
 * the next is asked for: it may well wait in a stream's buffer.
 */
export class OrderedReader {
  readonly #parts: OrderedReaderParts;

  constructor(parts: OrderedReaderParts) {
    this.#parts = parts;
  }

  /** Bytes [from, to) of the file, in pieces of at most a segment. */
  async *read(file: ResolvedFile, from: number, to: number, scope: Scope): AsyncGenerator<Uint8Array> {
    if (file.isInline) {
      yield* holes(file, from, to);
      return;
    }
    const share = this.#parts.budget.openStream();
    const ahead: PieceAhead[] = [];
    const pieces = new SharedBlocks(this.#parts.pieces, STREAM_SHARED_BLOCKS_MAX);
    let covered = from;
    try {
      for await (const piece of this.#parts.resolver.pieces(file, from, to, scope)) {
        if (piece.fileOffset > covered) {
          yield* drain(ahead, share);
          yield* holes(file, covered, piece.fileOffset);
        }
        covered = pieceEnd(piece);
        while (ahead.length > 0 && !share.tryAhead(piece.length)) yield* next(ahead, share);
        if (ahead.length > 0 || share.tryAsked(piece.length)) ahead.push(startPiece(pieces, file, piece, scope));
        else yield* this.#inSmallParts(file, piece, ahead, share, scope);
      }
      yield* drain(ahead, share);
      yield* holes(file, covered, to);
    } finally {
      share.close();
      for (const { bytes, length } of ahead) {
        const give = () => share.give(length);
        bytes.then(give, give);
      }
    }
  }

  /** Too many others hold something: block by block, until there is room for the rest. */
  async *#inSmallParts(
    file: ResolvedFile,
    piece: Piece,
    ahead: PieceAhead[],
    share: StreamShare,
    scope: Scope,
  ): AsyncGenerator<Uint8Array> {
    const end = pieceEnd(piece);
    let at = piece.fileOffset;
    while (at < end) {
      const inShard = piece.segmentOffset + (at - piece.fileOffset);
      const part = clipPiece(piece, at, at + STREAM_SCARCE_BYTES - (inShard % BLOCK_BYTES)) as Piece;
      yield ownBytes(await this.#parts.pieces.read(file, part, scope));
      at = pieceEnd(part);
      if (at < end && share.tryAsked(end - at)) {
        ahead.push(startPiece(this.#parts.pieces, file, clipPiece(piece, at, end) as Piece, scope));
        return;
      }
    }
  }
}

function startPiece(pieces: Pick<PieceReader, 'read'>, file: ResolvedFile, piece: Piece, scope: Scope): PieceAhead {
  const bytes = pieces.read(file, piece, scope);
  // Its failure is met when its turn comes, or never, if nobody reads on.
  bytes.catch(() => {});
  return { bytes, length: piece.length };
}

async function* next(ahead: PieceAhead[], share: StreamShare): AsyncGenerator<Uint8Array> {
  const [first] = ahead;
  if (first === undefined) return;
  yield owned(await first.bytes);
  ahead.shift();
  share.consumed(first.length);
}

async function* drain(ahead: PieceAhead[], share: StreamShare): AsyncGenerator<Uint8Array> {
  while (ahead.length > 0) yield* next(ahead, share);
}

/** The application must not hold a large buffer for a small part of it: then the part is copied. */
export function owned(bytes: Uint8Array): Uint8Array {
  return bytes.length * 2 < bytes.buffer.byteLength ? ownBytes(bytes) : bytes;
}

/** What no piece covers, in handy lengths. */
function* holes(file: ResolvedFile, from: number, to: number): Generator<Uint8Array> {
  for (let at = from; at < to; at += STREAM_SCARCE_BYTES) {
    yield uncovered(file, at, Math.min(to, at + STREAM_SCARCE_BYTES));
  }
}
