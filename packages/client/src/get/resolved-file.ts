import { decodeId, readUint64, TesseraError, toBigInt, toSafeNumber, v1 } from '@tessera/protocol';
import { ownBytes } from '../own-bytes.js';

export interface SlotRecord {
  readonly position: number;
  /** Bytes of the shard. */
  readonly length: number;
  readonly root: bigint;
  readonly state: v1.SlotState;
}

export interface StripeRecord {
  readonly pg: number;
  /** 8 bytes. */
  readonly stripe: Uint8Array;
  readonly dataCount: number;
  readonly parityCount: number;
  /** Data first. */
  readonly slots: readonly SlotRecord[];
}

/** A run of the file that lies in one shard. */
export interface Piece {
  readonly fileOffset: number;
  readonly length: number;
  readonly segment: bigint;
  readonly segmentOffset: number;
  readonly slot: number;
  readonly stripe: StripeRecord;
}

/** Where bytes of a file lie. */
export interface LocatedFile {
  /** 8 bytes. */
  readonly inode: Uint8Array;
  /** Length of the file. */
  readonly bytes: number;
  /** Changes with every change of the bytes; a rename leaves it. */
  readonly contentVersion: bigint;
  /** The file has no extents: `head`, then zeros up to its length, are all of it. */
  readonly isInline: boolean;
  /** The file's first bytes, where no piece covers them. */
  readonly head: Uint8Array;
  /** In file order; what neither these nor `head` cover reads as zeros. */
  readonly pieces: readonly Piece[];
  /** Where to ask on; 0: the range is complete. */
  readonly nextOffset: number;
}

/** What the metaserver says of a part of a file; bytes in it are views of the reply. */
export interface ResolvedFile extends LocatedFile {
  readonly attributes: v1.Attributes.$Properties;
}

/** @throws TesseraError INTERNAL for an answer that contradicts itself */
export function resolvedFileFrom(result: v1.ResolveResult.$Properties): ResolvedFile {
  const attributes = result.attributes ?? {};
  const stripes = (result.stripes ?? []).map(stripeFrom);
  const pieces = (result.extents ?? []).map((extent) => pieceFrom(extent, stripes));
  return {
    attributes,
    inode: ownBytes(attributes.inode),
    bytes: toSafeNumber(attributes.bytes),
    contentVersion: toBigInt(attributes.contentVersion),
    isInline: result.isInline ?? false,
    head: result.inlineData ?? NOTHING,
    pieces,
    nextOffset: toSafeNumber(result.nextOffset),
  };
}

const NOTHING = new Uint8Array();

function pieceFrom(extent: v1.Extent.$Properties, stripes: readonly StripeRecord[]): Piece {
  const stripe = stripes[extent.stripeIndex ?? 0];
  const slot = extent.slot ?? 0;
  const segmentOffset = extent.segmentOffset ?? 0;
  const length = toSafeNumber(extent.length);
  const shard = stripe?.slots[slot];
  if (stripe === undefined || shard === undefined || segmentOffset + length > shard.length || length === 0) {
    throw new TesseraError('INTERNAL', 'the metaserver describes an extent that lies in no shard');
  }
  const segment = decodeId(extent.segment);
  return { fileOffset: toSafeNumber(extent.fileOffset), length, segment, segmentOffset, slot, stripe };
}

function stripeFrom(stripe: v1.Stripe.$Properties): StripeRecord {
  const slots = (stripe.slots ?? []).map((slot) => ({
    position: slot.position ?? 0,
    length: slot.length ?? 0,
    root: slot.root?.length === 8 ? readUint64(slot.root, 0) : 0n,
    state: slot.state ?? v1.SlotState.SLOT_STATE_UNSPECIFIED,
  }));
  const dataCount = stripe.dataCount ?? 0;
  const parityCount = stripe.parityCount ?? 0;
  if (dataCount < 1 || slots.length !== dataCount + parityCount) {
    throw new TesseraError('INTERNAL', 'the metaserver describes a stripe whose slots are not all there');
  }
  return { pg: stripe.pg ?? 0, stripe: stripe.stripe ?? new Uint8Array(), dataCount, parityCount, slots };
}

export function pieceEnd(piece: Piece): number {
  return piece.fileOffset + piece.length;
}

/** What no piece covers: bytes that are in the inode, then zeros. */
export function uncovered(file: LocatedFile, from: number, to: number): Uint8Array {
  const content = new Uint8Array(to - from);
  if (from < file.head.length) content.set(file.head.subarray(from, to));
  return content;
}

/** The part of a piece that lies in [from, to) of the file; undefined when none does. */
export function clipPiece(piece: Piece, from: number, to: number): Piece | undefined {
  const start = Math.max(piece.fileOffset, from);
  const end = Math.min(piece.fileOffset + piece.length, to);
  if (start >= end) return undefined;
  if (start === piece.fileOffset && end - start === piece.length) return piece;
  const segmentOffset = piece.segmentOffset + (start - piece.fileOffset);
  return { ...piece, fileOffset: start, length: end - start, segmentOffset };
}

/** Whether both lie at the same place of the same shard. */
export function isSamePlace(a: Piece, b: Piece): boolean {
  return (
    a.stripe.pg === b.stripe.pg &&
    a.slot === b.slot &&
    a.segmentOffset === b.segmentOffset &&
    a.length === b.length &&
    Buffer.compare(a.stripe.stripe, b.stripe.stripe) === 0
  );
}
