import { FILE_BYTES_MAX, TesseraError, type v1 } from '@tessera/protocol';
import { ByteWindow } from '../byte-window.js';
import type { Counters } from '../counters.js';
import { FILE_READ_BYTES_MAX, READ_RESTARTS_MAX, RESOLVE_WINDOW_BYTES, SHARED_BLOCKS_MAX } from '../limits.js';
import type { Scope } from '../scope.js';
import { OrderedReader, owned } from './ordered-reader.js';
import type { PieceReader } from './piece-reader.js';
import type { ReadBudget } from './read-budget.js';
import { type LocatedFile, pieceEnd, uncovered } from './resolved-file.js';
import type { Resolver } from './resolver.js';
import { SharedBlocks } from './shared-blocks.js';

export interface FileReaderParts {
  readonly resolver: Pick<Resolver, 'first' | 'resolve' | 'pieces'>;
  readonly pieces: Pick<PieceReader, 'read' | 'block'>;
  readonly budget: ReadBudget;
  readonly counters: Counters;
}

export interface VersionedBytes {
  readonly bytes: Uint8Array;
  /** Undefined: the bytes may be of several. */
  readonly contentVersion: bigint | undefined;
}

/** Reads files and parts of them. */
export class FileReader {
  readonly #parts: FileReaderParts;
  readonly #ordered: OrderedReader;

  constructor(parts: FileReaderParts) {
    this.#parts = parts;
    this.#ordered = new OrderedReader(parts);
  }

  /** A whole file. */
  async whole(path: Uint8Array, scope: Scope): Promise<Uint8Array> {
    const { resolver, counters } = this.#parts;
    for (let restarts = 0; ; restarts++) {
      try {
        const file = await resolver.first({ path }, 0, scope);
        const content = await this.range(file, 0, file.bytes, scope);
        counters.bytesRead += content.length;
        return content;
      } catch (error) {
        const changed = error instanceof TesseraError && error.code === 'CHANGED';
        if (!changed || restarts >= READ_RESTARTS_MAX) throw error;
      }
    }
  }

  /**
   * Up to `length` bytes from `offset`: fewer only at the end of the file, none past it. All are of one version; what
   * changes faster than it can be read is read window by window, each of one version.
   */
  async part(node: v1.NodeRef.$Properties, offset: number, length: number, scope: Scope): Promise<Uint8Array> {
    const { bytes } = await this.versionedPart(node, offset, length, scope);
    this.#parts.counters.bytesRead += bytes.length;
    return bytes;
  }

  /** The same, with the version if there is one. They do not count as handed out. */
  async versionedPart(
    node: v1.NodeRef.$Properties,
    offset: number,
    length: number,
    scope: Scope,
  ): Promise<VersionedBytes> {
    const { resolver } = this.#parts;
    if (length === 0 || offset >= FILE_BYTES_MAX) return { bytes: new Uint8Array(), contentVersion: undefined };
    const wanted = Math.min(length, FILE_BYTES_MAX - offset);
    for (let restarts = 0; ; restarts++) {
      const file = await resolver.resolve(node, offset, Math.min(wanted, RESOLVE_WINDOW_BYTES), scope);
      const to = Math.min(file.bytes, offset + wanted);
      try {
        const bytes = await this.range(file, Math.min(offset, file.bytes), to, scope);
        return { bytes, contentVersion: file.contentVersion };
      } catch (error) {
        if (!(error instanceof TesseraError) || error.code !== 'CHANGED') throw error;
        if (restarts < READ_RESTARTS_MAX) continue;
        return { bytes: await this.#windows(node, offset, wanted, scope), contentVersion: undefined };
      }
    }
  }

  /** As `part` for a file that others write to all the time: as much as one answer of the metaserver tells, and on. */
  async #windows(node: v1.NodeRef.$Properties, offset: number, length: number, scope: Scope): Promise<Uint8Array> {
    const { resolver } = this.#parts;
    const parts: Uint8Array[] = [];
    const end = offset + length;
    let failures = 0;
    for (let at = offset; at < end; ) {
      const file = await resolver.resolve(node, at, Math.min(end - at, RESOLVE_WINDOW_BYTES), scope);
      const told = file.nextOffset > 0 ? file.nextOffset : at + RESOLVE_WINDOW_BYTES;
      const to = Math.min(end, told, file.bytes);
      if (at >= to) break;
      try {
        parts.push(await this.range(file, at, to, scope));
        at = to;
        failures = 0;
      } catch (error) {
        const changed = error instanceof TesseraError && error.code === 'CHANGED';
        if (!changed || ++failures > READ_RESTARTS_MAX) throw error;
      }
    }
    return new Uint8Array(Buffer.concat(parts));
  }

  /** Bytes [start, end) in order, in pieces of at most a segment, with bounded read-ahead. */
  async *stream(node: v1.NodeRef.$Properties, start: number, end: number, scope: Scope): AsyncGenerator<Uint8Array> {
    const { resolver, counters } = this.#parts;
    const file = await resolver.first(node, start, scope);
    const to = Math.min(end, file.bytes);
    const from = Math.min(start, to);
    for await (const bytes of this.#ordered.read(file, from, to, scope)) {
      counters.bytesRead += bytes.length;
      scope.rest();
      yield bytes;
      scope.progress();
    }
  }

  /**
   * Bytes [from, to) of what was resolved, as one array: with one shard behind it what was received, else each piece is
   * copied once. @throws TesseraError CHANGED when the file has another version by now, and that matters; …
   */
  async range(file: LocatedFile, from: number, to: number, scope: Scope): Promise<Uint8Array> {
    if (from >= to) return new Uint8Array();
    if (file.isInline) return uncovered(file, from, to);
    const [only] = file.pieces;
    if (file.pieces.length === 1 && only !== undefined && only.fileOffset <= from && pieceEnd(only) >= to) {
      const skip = from - only.fileOffset;
      const wanted = { ...only, fileOffset: from, length: to - from, segmentOffset: only.segmentOffset + skip };
      return owned(await this.#parts.pieces.read(file, wanted, scope));
    }
    return this.#assemble(file, from, to, scope);
  }

  async #assemble(file: LocatedFile, from: number, to: number, scope: Scope): Promise<Uint8Array> {
    const content = new Uint8Array(Buffer.allocUnsafeSlow(to - from).buffer);
    const window = new ByteWindow(FILE_READ_BYTES_MAX);
    const pieces = new SharedBlocks(this.#parts.pieces, SHARED_BLOCKS_MAX);
    const reading: Promise<void>[] = [];
    let failed = false;
    let covered = from;
    for await (const piece of this.#parts.resolver.pieces(file, from, to, scope)) {
      if (piece.fileOffset > covered) content.set(uncovered(file, covered, piece.fileOffset), covered - from);
      covered = pieceEnd(piece);
      while (!failed && !window.tryTake(piece.length)) await scope.race(window.freed());
      if (failed) break;
      const read = pieces.read(file, piece, scope).then((bytes) => {
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
    if (to > covered) content.set(uncovered(file, covered, to), covered - from);
    return content;
  }
}
