import { FILE_BYTES_MAX, TesseraError, type v1 } from '@tessera/protocol';
import { ByteWindow } from '../byte-window.js';
import type { Counters } from '../counters.js';
import type { Transfer } from '../datatype/transfers.js';
import type { FileReader } from '../get/file-reader.js';
import type { PieceReader } from '../get/piece-reader.js';
import { clipPiece, type Piece, pieceEnd, type ResolvedFile, uncovered } from '../get/resolved-file.js';
import type { StripeReader } from '../get/stripe-reader.js';
import {
  FILE_READ_BYTES_MAX,
  LIST_FRAME_BYTES_MAX,
  LIST_WAVE_BYTES,
  READ_RESTARTS_MAX,
  RESOLVE_GAP_BYTES,
  TRANSFERS_PER_ROUND_MAX,
} from '../limits.js';
import type { Scope } from '../scope.js';
import { planReads, type ReadPlan, type ShardPart, type ShardRun } from './plan-reads.js';
import type { SpanResolver } from './span-resolver.js';
import { spansOf, type TransferRound, takeRound, transferAt } from './transfer-round.js';

export interface ListReaderParts {
  readonly spans: Pick<SpanResolver, 'locate'>;
  readonly stripes: Pick<StripeReader, 'read'>;
  readonly pieces: Pick<PieceReader, 'read'>;
  readonly reader: Pick<FileReader, 'part'>;
  readonly counters: Counters;
}

/** Where the bytes of a list go. What was told of one attempt does not count any more once the next begins. */
export interface ListSink {
  /** Told before all else how long the file is; `FILE_BYTES_MAX` when that is not known. */
  begin(fileBytes: number): void;
  put(memoryOffset: number, bytes: Uint8Array): void;
  /** These bytes are zeros. */
  clear(memoryOffset: number, length: number): void;
  /** These bytes are past the end of the file. */
  cut(memoryOffset: number, length: number): void;
}

export interface ListRead {
  readonly node: v1.NodeRef.$Properties;
  /** Walks over the transfers from the start; their places in memory are apart. */
  transfers(): Iterator<Transfer>;
  /** The file counts as at least so long: with zeros behind what is committed. */
  readonly bytesMin: number;
  readonly sink: ListSink;
}

/** Reads many ranges of one file: few questions to the metaserver, each block once, what one server has together. */
export class ListReader {
  readonly #parts: ListReaderParts;

  constructor(parts: ListReaderParts) {
    this.#parts = parts;
  }

  /**
   * All ranges are of one version of the file; if it changes READ_RESTARTS_MAX times meanwhile, they are read one after
   * the other, each as `FileReader.part` reads it. Nothing is put any more once it is settled. @throws TesseraError
   */
  async read(list: ListRead, scope: Scope): Promise<void> {
    for (let restarts = 0; restarts <= READ_RESTARTS_MAX; restarts++) {
      try {
        await this.#oneVersion(list, scope);
        return;
      } catch (error) {
        if (!(error instanceof TesseraError) || error.code !== 'CHANGED') throw error;
      }
    }
    await this.#oneByOne(list, scope);
  }

  async #oneVersion({ node, transfers, bytesMin, sink }: ListRead, scope: Scope): Promise<void> {
    const walk = transfers();
    let version: bigint | undefined;
    for (let round = takeRound(walk, TRANSFERS_PER_ROUND_MAX); round.count > 0; ) {
      const spans = spansOf(round, RESOLVE_GAP_BYTES);
      const { file, pieces } = await this.#parts.spans.locate(node, spans, version, scope);
      const fileBytes = Math.max(file.bytes, bytesMin);
      if (version === undefined) sink.begin(fileBytes);
      version = file.contentVersion;
      const plan = planReads(round, pieces, fileBytes);
      await this.#execute(file, plan, sink, scope);
      this.#parts.counters.bytesRead += bytesOf(round, plan);
      round = takeRound(walk, TRANSFERS_PER_ROUND_MAX);
    }
    if (version === undefined) sink.begin(0);
  }

  async #execute(file: ResolvedFile, { runs, gaps, cuts }: ReadPlan, sink: ListSink, scope: Scope): Promise<void> {
    for (const { memoryOffset, length } of cuts) sink.cut(memoryOffset, length);
    for (const { fileOffset, memoryOffset, length } of gaps) {
      const inHead = Math.max(0, Math.min(length, file.head.length - fileOffset));
      if (inHead > 0) sink.put(memoryOffset, uncovered(file, fileOffset, fileOffset + inHead));
      if (length > inHead) sink.clear(memoryOffset + inHead, length - inHead);
    }
    const window = new ByteWindow(FILE_READ_BYTES_MAX);
    const reading: Promise<void>[] = [];
    const failures: unknown[] = [];
    for (const wave of wavesOf(runs)) {
      while (failures.length === 0 && !window.tryTake(wave.bytes)) await window.freed();
      if (failures.length > 0) break;
      const read = Promise.all(
        wave.runs.map((run) => this.#run(file, run, sink, scope).catch((e) => failures.push(e))),
      );
      reading.push(read.then(() => window.give(wave.bytes)));
    }
    await Promise.all(reading);
    if (failures.length > 0) throw failures[0];
  }

  async #run(file: ResolvedFile, run: ShardRun, sink: ListSink, scope: Scope): Promise<void> {
    const { stripe, slot, from, to, parts } = run;
    let bytes: Uint8Array;
    try {
      bytes = await this.#parts.stripes.read(stripe, slot, from, to, false, scope, LIST_FRAME_BYTES_MAX);
    } catch (thrown) {
      const { code } = TesseraError.from(thrown);
      if (code !== 'NOT_FOUND' && code !== 'DATA_LOSS' && code !== 'UNAVAILABLE') throw thrown;
      await this.#piecesOf(file, parts, sink, scope);
      return;
    }
    scope.progress();
    for (const { shardOffset, length, memoryOffset } of parts) {
      sink.put(memoryOffset, bytes.subarray(shardOffset - from, shardOffset - from + length));
    }
  }

  /** What is not where it was, or not in reach, is looked for piece by piece. */
  async #piecesOf(file: ResolvedFile, parts: readonly ShardPart[], sink: ListSink, scope: Scope): Promise<void> {
    const byPiece = new Map<Piece, ShardPart[]>();
    for (const part of parts) {
      const others = byPiece.get(part.piece);
      if (others === undefined) byPiece.set(part.piece, [part]);
      else others.push(part);
    }
    for (const [piece, inPiece] of byPiece) {
      const starts = inPiece.map((part) => fileOffsetOf(part));
      const from = starts.reduce((least, start) => Math.min(least, start), pieceEnd(piece));
      const to = inPiece.reduce((most, part) => Math.max(most, fileOffsetOf(part) + part.length), from);
      const bytes = await this.#parts.pieces.read(file, clipPiece(piece, from, to) as Piece, scope);
      for (const [index, { memoryOffset, length }] of inPiece.entries()) {
        const start = (starts[index] as number) - from;
        sink.put(memoryOffset, bytes.subarray(start, start + length));
      }
    }
  }

  /** The last resort for a file that others write to all the time. */
  async #oneByOne({ node, transfers, bytesMin, sink }: ListRead, scope: Scope): Promise<void> {
    const walk = transfers();
    sink.begin(FILE_BYTES_MAX);
    for (let round = takeRound(walk, TRANSFERS_PER_ROUND_MAX); round.count > 0; ) {
      for (let index = 0; index < round.count; index++) {
        const { fileOffset, length, memoryOffset } = transferAt(round, index);
        const bytes = await this.#parts.reader.part(node, fileOffset, length, scope);
        const end = Math.max(bytes.length, Math.min(length, bytesMin - fileOffset));
        if (bytes.length > 0) sink.put(memoryOffset, bytes);
        if (end > bytes.length) sink.clear(memoryOffset + bytes.length, end - bytes.length);
        if (length > end) sink.cut(memoryOffset + end, length - end);
      }
      round = takeRound(walk, TRANSFERS_PER_ROUND_MAX);
    }
  }
}

function fileOffsetOf({ piece, shardOffset }: ShardPart): number {
  return piece.fileOffset + (shardOffset - piece.segmentOffset);
}

function bytesOf({ lengths }: TransferRound, { cuts }: ReadPlan): number {
  const sum = (bytes: number, length: number) => bytes + length;
  return lengths.reduce(sum, 0) - cuts.reduce((bytes, { length }) => bytes + length, 0);
}

function* wavesOf(runs: readonly ShardRun[]): Generator<{ runs: ShardRun[]; bytes: number }> {
  let wave: ShardRun[] = [];
  let bytes = 0;
  for (const run of runs) {
    const length = run.to - run.from;
    if (wave.length > 0 && bytes + length > LIST_WAVE_BYTES) {
      yield { runs: wave, bytes };
      wave = [];
      bytes = 0;
    }
    wave.push(run);
    bytes += length;
  }
  if (wave.length > 0) yield { runs: wave, bytes };
}
