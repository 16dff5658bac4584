import { type BufferPool, DEFAULT_LAYOUT, inheritLayout, type Layout, TesseraError, v1 } from '@tessera/protocol';
import type { Locality } from '../cluster/locality.js';
import type { OperationSink } from '../metadata/batcher.js';
import type { FileRun, PlacedExtent } from '../put/commit.js';
import { cutAgain, sameLayout, settleTogether } from '../put/put-target.js';
import type { Scope } from '../scope.js';
import { LineUp, seedOf } from '../stripe/line-up.js';
import { type StripePolicy, stripePolicy } from '../stripe/policy.js';
import { makeSegment, type Segment } from '../stripe/segment.js';
import type { StripeBuilder } from '../stripe/stripe-builder.js';
import type { FilePlaces, PlacedSegment } from '../stripe/waiting-segment.js';
import { joinPieces } from './join-pieces.js';

/** What is known of a file once it is open. */
export interface OpenedFile {
  readonly inode: Uint8Array;
  readonly directory: Uint8Array;
  readonly path: Uint8Array;
}

export interface TargetParts {
  readonly batcher: OperationSink;
  readonly locality: Pick<Locality, 'servers'>;
  readonly builder: Pick<StripeBuilder, 'write' | 'settle'>;
  /** Buffers for segments of several pieces. */
  readonly segmentPool: BufferPool;
}

/** Bytes and where they go in the file. */
export interface Piece {
  readonly fileOffset: number;
  readonly bytes: Uint8Array;
}

interface SegmentPiece {
  readonly fileOffset: number;
  readonly segment: Segment;
  readonly runs?: readonly FileRun[] | undefined;
}

export interface JoinTerms {
  readonly holds: boolean;
  readonly from?: number | undefined;
  readonly joinedBytesMax?: number;
}

/** Pieces on their way, some of them in segments together. */
export interface JoinedWrite {
  readonly writing: readonly Promise<PlacedExtent>[];
  /** Nothing refers to the bytes any more. */
  release(): void;
}

export type WriteRequest = Omit<v1.WriteOperation.$Properties, 'node' | 'directory'>;

/** A file that is written to in place: its inode, and the policy that its new segments follow. */
export class FileTarget {
  readonly #parts: TargetParts;
  readonly #inode: Uint8Array;
  readonly #directory: Uint8Array;
  readonly #path: Uint8Array;
  #lineUp: LineUp | undefined;
  #layout: Layout;
  #policy: StripePolicy;
  #mixingKey: string;

  /** `directory` is the one it was opened in, `path` how. */
  constructor(parts: TargetParts, { inode, directory, path }: OpenedFile, layout: Layout) {
    this.#parts = parts;
    this.#inode = inode;
    this.#directory = directory;
    this.#path = path;
    this.#layout = layout;
    this.#policy = stripePolicy(layout);
    this.#mixingKey = this.#mixingKeyOf(layout);
  }

  get segmentBytes(): number {
    return this.#layout.segmentBytes;
  }

  get inlineBytes(): number {
    return this.#layout.inlineBytes;
  }

  /** Segments of a full stripe. */
  get stripeSegments(): number {
    return this.#layout.redundancy.data;
  }

  /**
   * `holds`: nothing else is committed with it, so its writers may come back together. `from` is where the pieces'
   * offsets count from, as far as that is known before the commit.
   */
  write(pieces: readonly Piece[], holds: boolean, scope: Scope, from = 0): Promise<PlacedExtent>[] {
    const cut = pieces.map(({ fileOffset, bytes }) => ({ fileOffset, segment: makeSegment(bytes) }));
    return this.#write(cut, holds, scope, from);
  }

  /**
   * As `write`; small pieces go into segments together, which are at most `joinedBytesMax` long. `holds`: if they are one
   * segment.
   */
  writeJoined(
    pieces: readonly Piece[],
    { holds, from = 0, joinedBytesMax = Number.POSITIVE_INFINITY }: JoinTerms,
    scope: Scope,
  ): JoinedWrite {
    const { segmentPool: pool } = this.#parts;
    const buffers: Uint8Array[] = [];
    const lengths = pieces.map(({ bytes }) => bytes.length);
    const segmentBytes = Math.min(this.segmentBytes, joinedBytesMax);
    const shape = { segmentBytes, dataCount: this.stripeSegments };
    // What lines up goes to places by its offset.
    const groups = this.#policy.linesUp ? [...pieces.keys()].map((index) => [index]) : joinPieces(lengths, shape);
    const cut = groups.map((group): SegmentPiece => {
      const own = group.map((index) => pieces[index] as Piece);
      const [first] = own as [Piece];
      const { fileOffset } = first;
      if (own.length === 1) return { fileOffset, segment: makeSegment(first.bytes) };
      const buffer = pool.acquire(own.reduce((sum, { bytes }) => sum + bytes.length, 0));
      buffers.push(buffer);
      let end = 0;
      const runs = own.map((piece) => {
        buffer.set(piece.bytes, end);
        end += piece.bytes.length;
        return { fileOffset: piece.fileOffset, length: piece.bytes.length };
      });
      return { fileOffset, segment: makeSegment(buffer.subarray(0, end)), runs };
    });
    return {
      writing: this.#write(cut, holds && cut.length === 1, scope, from),
      release: () => {
        for (const buffer of buffers) pool.release(buffer);
      },
    };
  }

  /** Writes the bytes of refused extents again, under new ids, as the directory's layout says by now. */
  async rewrite(extents: readonly PlacedExtent[], refusal: TesseraError, scope: Scope): Promise<PlacedExtent[]> {
    if (refusal.code === 'COMMIT_REFUSED') await this.refresh(scope);
    if (refusal.code === 'LEASE_CLOSED') {
      for (const { placed } of extents) placed.stripe.id.pool.drop(placed.stripe.id.lease);
    }
    const pieces = extents.flatMap((extent) => cutAgain(extent, this.segmentBytes));
    return settleTogether(this.#write(pieces, pieces.length === 1, scope), (extent) => this.settle(extent.placed));
  }

  settle(placed: Pick<PlacedSegment, 'stripe' | 'holds'>): void {
    this.#parts.builder.settle(placed);
  }

  /** Takes back segments that are not going to be committed. */
  abandon(written: Promise<PlacedExtent>): void {
    written.then(
      ({ placed }) => this.settle(placed),
      () => {},
    );
  }

  submit(request: WriteRequest, scope: Scope, requestBytes?: number): Promise<v1.WriteResult.$Properties> {
    const whole = { ...request, node: { base: this.#inode }, directory: this.#directory };
    return this.#parts.batcher.submit('write', whole, scope, requestBytes);
  }

  /**
   * After a refused commit: reads the file's layout again. Under an unchanged one the file's segments met those of
   * files that they must not share stripes with.
   */
  async refresh(scope: Scope): Promise<void> {
    const layout = await this.#ask(scope);
    if (sameLayout(layout, this.#layout)) {
      this.#mixingKey = this.#ownKey;
      return;
    }
    this.#layout = layout;
    this.#policy = stripePolicy(layout);
    this.#lineUp = undefined;
    this.#mixingKey = this.#mixingKeyOf(layout);
  }

  /** The directory's layout, once it is gone the root's, with what the file sets itself by now. */
  async #ask(scope: Scope): Promise<Layout> {
    const { batcher } = this.#parts;
    try {
      return layoutOf(await batcher.submit('getLayout', { node: { base: this.#directory }, file: this.#inode }, scope));
    } catch (error) {
      if (!(error instanceof TesseraError) || error.code !== 'NOT_FOUND') throw error;
      return layoutOf(await batcher.submit('getLayout', { node: {}, file: this.#inode }, scope));
    }
  }

  #write(pieces: readonly SegmentPiece[], holds: boolean, scope: Scope, from = 0): Promise<PlacedExtent>[] {
    const segments = pieces.map(({ segment }) => segment);
    const places = this.#policy.linesUp ? this.#places(pieces, from) : undefined;
    const written = this.#parts.builder.write(this.#policy, this.#mixingKey, segments, holds, scope, places);
    return written.map((promise, index) => {
      const { fileOffset, runs } = pieces[index] as SegmentPiece;
      return promise.then((placed) => (runs === undefined ? { fileOffset, placed } : { fileOffset, placed, runs }));
    });
  }

  #places(pieces: readonly SegmentPiece[], from: number): FilePlaces {
    this.#lineUp ??= new LineUp(this.#layout, seedOf(this.#path), this.#parts.locality.servers);
    const offsets = pieces.map(({ fileOffset }) => from + fileOffset);
    return { lineUp: this.#lineUp, offsets, lane: this.#lineUp.lane };
  }

  get #ownKey(): string {
    return `inode ${Buffer.from(this.#inode).toString('hex')}`;
  }

  #mixingKeyOf({ mixing }: Layout): string {
    if (mixing === v1.Mixing.MIXING_FILE) return this.#ownKey;
    if (mixing === v1.Mixing.MIXING_TENANT) return 'tenant';
    return `directory inode ${Buffer.from(this.#directory).toString('hex')}`;
  }
}

function layoutOf({ effective }: v1.GetLayoutResult.$Properties): Layout {
  return inheritLayout(DEFAULT_LAYOUT, effective);
}
