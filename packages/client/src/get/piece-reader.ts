import type { Clock } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { READ_SHORTAGE_MS_MAX, READ_SHORTAGE_RETRY_MS } from '../limits.js';
import { pause, type Scope } from '../scope.js';
import { clipPiece, isSamePlace, type LocatedFile, type Piece, pieceEnd, type StripeRecord } from './resolved-file.js';
import type { Resolver } from './resolver.js';
import type { StripeReader } from './stripe-reader.js';

export interface PieceReaderParts {
  readonly clock: Clock;
  readonly resolver: Pick<Resolver, 'pieces' | 'again'>;
  readonly stripes: Pick<StripeReader, 'read' | 'mayReturn' | 'lookAgain'>;
}

/** Times one piece of a file is looked for again because its shards had moved. */
const MOVES_MAX = 3;

/** Reads pieces of files, wherever they are by now. */
export class PieceReader {
  readonly #parts: PieceReaderParts;

  constructor(parts: PieceReaderParts) {
    this.#parts = parts;
  }

  /**
   * One piece; asks the metadata again when it is not where it was, and waits a little for servers to come back.
   * @throws TesseraError CHANGED when the file was changed meanwhile; UNAVAILABLE, DATA_LOSS, …
   */
  read(file: LocatedFile, piece: Piece, scope: Scope): Promise<Uint8Array> {
    return this.#read(file, piece, scope, 0);
  }

  /** A block of a shard, for pieces in it; undefined when it is not where it was, or not in reach. @throws TesseraError */
  async block(
    stripe: StripeRecord,
    slot: number,
    from: number,
    to: number,
    scope: Scope,
  ): Promise<Uint8Array | undefined> {
    try {
      const bytes = await this.#parts.stripes.read(stripe, slot, from, to, false, scope);
      scope.progress();
      return bytes;
    } catch (thrown) {
      const { code } = TesseraError.from(thrown);
      if (code === 'NOT_FOUND' || code === 'DATA_LOSS' || code === 'UNAVAILABLE') return undefined;
      throw thrown;
    }
  }

  async #read(file: LocatedFile, piece: Piece, scope: Scope, moves: number): Promise<Uint8Array> {
    const { clock, resolver, stripes } = this.#parts;
    const { slot, segmentOffset, length } = piece;
    let { stripe } = piece;
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
        if (only !== undefined && isSamePlace(only, piece)) {
          // The same shard; which others there are by now may be news.
          stripe = only.stripe;
          continue;
        }
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
  async #moved(again: LocatedFile, piece: Piece, scope: Scope, moves: number): Promise<Uint8Array> {
    const { resolver } = this.#parts;
    const content = new Uint8Array(piece.length);
    for await (const part of resolver.pieces(again, piece.fileOffset, pieceEnd(piece), scope)) {
      content.set(await this.#read(again, part, scope, moves), part.fileOffset - piece.fileOffset);
    }
    return content;
  }
}
