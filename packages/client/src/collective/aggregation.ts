import { TesseraError } from '@tessera/protocol';
import type { Piece } from '../file/file-target.js';
import type { Domain } from './domains.js';
import { ROUNDS_WRITTEN_MAX } from './limits.js';
import type { Mesh } from './mesh.js';
import { settled } from './mesh.js';
import { MessageKind, message } from './message.js';
import { RangeSet } from './range-set.js';
import type { SharedFile } from './shared-file.js';

interface Round {
  readonly from: number;
  readonly to: number;
}

/** One rank's work for all: the bytes of one domain go between the file and the ranks that have ranges in it, by rounds. */
export class Aggregation {
  readonly domain: Domain;
  readonly #mesh: Mesh;
  readonly #file: Pick<SharedFile, 'handle' | 'alignBytes' | 'limits'>;
  /** By rank. */
  #members: RangeSet[] = [];
  #union = RangeSet.EMPTY;

  constructor(mesh: Mesh, file: Pick<SharedFile, 'handle' | 'alignBytes' | 'limits'>, domain: Domain) {
    this.#mesh = mesh;
    this.#file = file;
    this.domain = domain;
  }

  /**
   * Takes every rank's ranges. Answers what is wrong with them: TOO_LARGE, more than an aggregator holds; for a write
   * INVALID_ARGUMENT, ranks that write the same bytes.
   */
  async takeRanges(direction: 'read' | 'write'): Promise<TesseraError | undefined> {
    const { from, to } = this.domain;
    const { rangesPerDomainMax } = this.#file.limits;
    let count = 0;
    this.#members = await settled(
      Array.from({ length: this.#mesh.size }, async (_, rank) => {
        const { body } = await this.#mesh.expect(rank, MessageKind.RANGES);
        const set = this.#decoded(rank, body);
        if (set.count > 0 && (set.start < from || set.end > to)) this.#mesh.refuse(rank, 'its ranges are outside');
        count += set.count;
        return count > rangesPerDomainMax ? RangeSet.EMPTY : set;
      }),
    );
    if (count > rangesPerDomainMax) {
      return new TesseraError(
        'TOO_LARGE',
        `all ranks together have ${count} ranges in [${from}, ${to}), more than ${rangesPerDomainMax}; ` +
          'make several calls of fewer ranges',
      );
    }
    if (direction === 'write' && !RangeSet.areDisjoint(this.#members)) return this.#overlap();
    this.#union = RangeSet.union(this.#members);
    return undefined;
  }

  /** How many extents the domain takes in pieces of at most `pieceBytes`. */
  extentCount(pieceBytes: number): number {
    let count = 0;
    for (const { from, to } of this.#rounds()) {
      for (const { start, end } of this.#union.within(from, to)) {
        count += Math.ceil(end / pieceBytes) - Math.floor(start / pieceBytes);
      }
    }
    return count;
  }

  /** Collects the bytes from the ranks and makes them durable, in pieces of at most `pieceBytes`. @throws TesseraError */
  async write(pieceBytes: number): Promise<void> {
    const { staging } = this.#file.handle;
    const { signal } = this.#mesh;
    const writing: Promise<void>[] = [];
    try {
      for (const round of this.#rounds()) {
        const pieces = await this.#collect(round, pieceBytes);
        if (writing.length === ROUNDS_WRITTEN_MAX) await writing.shift();
        const written = staging.write(pieces, pieceBytes, { signal }).then(() => this.#mesh.progressed());
        // Met below, or when its turn has come.
        written.catch(() => {});
        writing.push(written);
      }
    } finally {
      await Promise.allSettled(writing);
    }
    await Promise.all(writing);
  }

  /** Reads the bytes and hands each rank its own. @throws TesseraError */
  async read(): Promise<void> {
    let pushing: Promise<void> = Promise.resolve();
    for (const round of this.#rounds()) {
      const read = await this.#readRound(round).catch(async (error) => {
        await pushing.catch(() => {});
        throw error;
      });
      await pushing;
      pushing = this.#push(round, read);
      // Awaited after the next round has been read.
      pushing.catch(() => {});
    }
    await pushing;
  }

  /** They end where segments do, unless one is longer than a round. */
  *#rounds(): Generator<Round> {
    const { alignBytes, limits } = this.#file;
    const union = this.#union;
    for (let position = 0; position < union.bytes; ) {
      const from = union.offsetOf(position);
      const end = union.offsetOf(position + limits.roundBytes);
      const aligned = end - (end % alignBytes);
      const to = end < union.end && aligned > from ? aligned : end;
      yield { from, to };
      position = union.packedBefore(to);
    }
  }

  /** Every rank's bytes of the round, put together to what lies together in the file, cut at multiples of `pieceBytes`. */
  async #collect({ from, to }: Round, pieceBytes: number): Promise<Piece[]> {
    const union = this.#union.within(from, to);
    const bytes = new Uint8Array(union.bytes);
    await settled(
      this.#concerned({ from, to }).map(async ({ rank, ranges }) => {
        await this.#mesh.send(rank, message(MessageKind.PULL, { from, to }));
        const { body } = await this.#mesh.expect(rank, MessageKind.DATA);
        if (body.length !== ranges.bytes) this.#mesh.refuse(rank, `${body.length} bytes came, not ${ranges.bytes}`);
        copyRanges(ranges, (offset, at, length) => {
          bytes.set(body.subarray(at, at + length), union.packedBefore(offset));
        });
      }),
    );
    const pieces: Piece[] = [];
    copyRanges(union, (offset, at, length) => {
      for (let start = offset; start < offset + length; ) {
        const end = Math.min(offset + length, start - (start % pieceBytes) + pieceBytes);
        pieces.push({ fileOffset: start, bytes: bytes.subarray(at + start - offset, at + end - offset) });
        start = end;
      }
    });
    return pieces;
  }

  async #readRound({ from, to }: Round): Promise<{ bytes: Uint8Array; end: number }> {
    const union = this.#union.within(from, to);
    const bytes = new Uint8Array(union.bytes);
    const ranges = Array.from(union, ({ start, end }) => ({ offset: start, length: end - start }));
    const counts = await this.#file.handle.readvInto(bytes, ranges, { signal: this.#mesh.signal });
    this.#mesh.progressed();
    const short = ranges.findIndex(({ length }, index) => (counts[index] as number) < length);
    return { bytes, end: short < 0 ? to : (ranges[short]?.offset ?? 0) + (counts[short] as number) };
  }

  /** `end` is where the file ended in the round; what lies behind it is not sent. */
  async #push({ from, to }: Round, { bytes, end }: { bytes: Uint8Array; end: number }): Promise<void> {
    const base = this.#union.packedBefore(from);
    await settled(
      this.#concerned({ from, to }).map(async ({ rank, ranges }) => {
        const there = ranges.within(from, end);
        const packed = new Uint8Array(there.bytes);
        copyRanges(there, (offset, at, length) => {
          const start = this.#union.packedBefore(offset) - base;
          packed.set(bytes.subarray(start, start + length), at);
        });
        await this.#mesh.send(rank, message(MessageKind.PUSH, { from, to: end }, packed));
        await this.#mesh.expect(rank, MessageKind.TAKEN);
      }),
    );
  }

  /** The ranks that have bytes of the round. */
  #concerned({ from, to }: Round): { rank: number; ranges: RangeSet }[] {
    return this.#members
      .map((member, rank) => ({ rank, ranges: member.within(from, to) }))
      .filter(({ ranges }) => ranges.count > 0);
  }

  #decoded(rank: number, body: Uint8Array): RangeSet {
    try {
      return RangeSet.decode(body);
    } catch (error) {
      return this.#mesh.refuse(rank, TesseraError.from(error).message);
    }
  }

  #overlap(): TesseraError {
    const owned = this.#members.flatMap((member, rank) => Array.from(member, (range) => ({ rank, ...range })));
    owned.sort((left, right) => left.start - right.start);
    let last = owned[0];
    for (const range of owned.slice(1)) {
      if (last !== undefined && range.start < last.end) {
        const end = Math.min(range.end, last.end);
        return new TesseraError(
          'INVALID_ARGUMENT',
          `ranks ${last.rank} and ${range.rank} both write [${range.start}, ${end}), so what the file would hold is ` +
            'open; nothing was written. Let each byte be written by one rank',
        );
      }
      last = range;
    }
    throw new Error('ranges that are not disjoint are disjoint');
  }
}

function copyRanges(set: RangeSet, copy: (offset: number, packedAt: number, length: number) => void): void {
  let at = 0;
  for (const { start, end } of set) {
    copy(start, at, end - start);
    at += end - start;
  }
}
