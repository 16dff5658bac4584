import { BLOCK_BYTES, blockCount } from '@tessera/protocol';
import type { Transfer } from '../datatype/transfers.js';
import { type Piece, pieceEnd, type SlotRecord, type StripeRecord } from '../get/resolved-file.js';
import { type TransferRound, transferAt } from './transfer-round.js';

/** Bytes of one shard, and where they go. */
export interface ShardPart {
  readonly piece: Piece;
  readonly shardOffset: number;
  readonly length: number;
  readonly memoryOffset: number;
}

/** Blocks of one shard that follow each other, read once for all parts that need them. */
export interface ShardRun {
  readonly stripe: StripeRecord;
  readonly slot: number;
  /** Starts a block. */
  readonly from: number;
  /** Ends a block or the shard. */
  readonly to: number;
  readonly parts: ShardPart[];
}

export interface ReadPlan {
  /** Shards in the order in which the file first has them. */
  readonly runs: readonly ShardRun[];
  /** What no piece covers. */
  readonly gaps: readonly Transfer[];
  /** Ends of transfers past the end of the file. */
  readonly cuts: readonly Transfer[];
}

interface ShardGroup {
  readonly stripe: StripeRecord;
  readonly slot: number;
  readonly parts: ShardPart[];
}

/** What to read for the transfers of a file of `fileBytes`, whose pieces, ascending and apart, cover them all. */
export function planReads(round: TransferRound, pieces: readonly Piece[], fileBytes: number): ReadPlan {
  const gaps: Transfer[] = [];
  const cuts: Transfer[] = [];
  const groups = new Map<string, ShardGroup>();
  /** Of each piece. */
  const groupOf: ShardGroup[] = [];
  let first = 0;
  for (let index = 0; index < round.count; index++) {
    const { fileOffset, length, memoryOffset } = transferAt(round, index);
    const end = Math.max(fileOffset, Math.min(fileOffset + length, fileBytes));
    const memoryAt = (offset: number) => memoryOffset + (offset - fileOffset);
    if (end < fileOffset + length) {
      cuts.push({ fileOffset: end, length: fileOffset + length - end, memoryOffset: memoryAt(end) });
    }
    while (first < pieces.length && pieceEnd(pieces[first] as Piece) <= fileOffset) first++;
    let at = fileOffset;
    for (let next = first; next < pieces.length && at < end; next++) {
      const piece = pieces[next] as Piece;
      if (piece.fileOffset >= end) break;
      if (piece.fileOffset > at) {
        gaps.push({ fileOffset: at, length: piece.fileOffset - at, memoryOffset: memoryAt(at) });
        at = piece.fileOffset;
      }
      const to = Math.min(end, pieceEnd(piece));
      groupOf[next] ??= groupFor(groups, piece);
      const shardOffset = piece.segmentOffset + (at - piece.fileOffset);
      (groupOf[next] as ShardGroup).parts.push({ piece, shardOffset, length: to - at, memoryOffset: memoryAt(at) });
      at = to;
    }
    if (at < end) gaps.push({ fileOffset: at, length: end - at, memoryOffset: memoryAt(at) });
  }
  return { runs: [...groups.values()].flatMap(runsOf), gaps, cuts };
}

function groupFor(groups: Map<string, ShardGroup>, { stripe, slot }: Piece): ShardGroup {
  const key = `${stripe.pg} ${Buffer.from(stripe.stripe).toString('hex')} ${slot}`;
  let group = groups.get(key);
  if (group === undefined) {
    group = { stripe, slot, parts: [] };
    groups.set(key, group);
  }
  return group;
}

/** The blocks that a shard's parts need, each once. */
function runsOf({ stripe, slot, parts }: ShardGroup): ShardRun[] {
  const { length } = stripe.slots[slot] as SlotRecord;
  const needed = new Uint8Array(blockCount(length));
  for (const part of parts) needed.fill(1, blockOf(part), blockCount(part.shardOffset + part.length));
  const runs: ShardRun[] = [];
  const runOf: ShardRun[] = [];
  for (let block = 0; block < needed.length; block++) {
    if (needed[block] === 0) continue;
    let end = block + 1;
    while (needed[end] === 1) end++;
    const run = { stripe, slot, from: block * BLOCK_BYTES, to: Math.min(length, end * BLOCK_BYTES), parts: [] };
    runs.push(run);
    for (; block < end; block++) runOf[block] = run;
  }
  for (const part of parts) (runOf[blockOf(part)] as ShardRun).parts.push(part);
  return runs;
}

function blockOf({ shardOffset }: ShardPart): number {
  return Math.floor(shardOffset / BLOCK_BYTES);
}
