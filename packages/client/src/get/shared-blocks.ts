import { BLOCK_BYTES } from '@tessera/protocol';
import type { Scope } from '../scope.js';
import type { PieceReader } from './piece-reader.js';
import type { LocatedFile, Piece, SlotRecord } from './resolved-file.js';

/**
 * The pieces that one read of a file needs. Of small ones several may lie in one block of a shard, here and there in the
 * file: it is read once for those that come soon after each other.
 */
export class SharedBlocks {
  readonly #pieces: Pick<PieceReader, 'read' | 'block'>;
  /** The oldest first. */
  readonly #blocks = new Map<string, Promise<Uint8Array | undefined>>();

  readonly #blocksMax: number;

  /** `blocksMax`: how many blocks it may hold. */
  constructor(pieces: Pick<PieceReader, 'read' | 'block'>, blocksMax: number) {
    this.#pieces = pieces;
    this.#blocksMax = blocksMax;
  }

  /** As `PieceReader.read`. */
  async read(file: LocatedFile, piece: Piece, scope: Scope): Promise<Uint8Array> {
    const { stripe, slot, segmentOffset, length } = piece;
    const inBlock = segmentOffset % BLOCK_BYTES;
    const from = segmentOffset - inBlock;
    const blockBytes = Math.min(BLOCK_BYTES, (stripe.slots[slot] as SlotRecord).length - from);
    if (length === blockBytes || inBlock + length > blockBytes) return this.#pieces.read(file, piece, scope);
    const key = `${stripe.pg} ${Buffer.from(stripe.stripe).toString('hex')} ${slot} ${from}`;
    const block = this.#blocks.get(key) ?? this.#pieces.block(stripe, slot, from, from + blockBytes, scope);
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#blocksMax) break;
      this.#blocks.delete(oldest);
    }
    const bytes = await block;
    return bytes?.subarray(inBlock, inBlock + length) ?? this.#pieces.read(file, piece, scope);
  }
}
