import { FILE_BYTES_MAX, TesseraError, type v1 } from '@tessera/protocol';
import type { Counters } from '../counters.js';
import { MAPPED_STRETCH_BYTES_MIN, RESOLVE_WINDOW_BYTES } from '../limits.js';
import type { Scope } from '../scope.js';
import { ExtentMap } from './extent-map.js';
import type { FileReader, VersionedBytes } from './file-reader.js';
import type { ReadBudget } from './read-budget.js';
import type { LocatedFile } from './resolved-file.js';
import type { Resolver } from './resolver.js';
import type { VersionProbe } from './version-probe.js';

export interface MappedReaderParts {
  readonly resolver: Pick<Resolver, 'resolve'>;
  readonly reader: Pick<FileReader, 'versionedPart' | 'range'>;
  readonly readBudget: ReadBudget;
  readonly counters: Counters;
}

/**
 * Reads an open file and remembers where its bytes lie. A read of what is known asks for the bytes and, at the same time,
 * whether the file still has the version that is known; only if not does it ask where the bytes are now. So it shows what
 * a read that asks first would, one round trip sooner, and reads under way together share the question.
 */
export class MappedReader {
  readonly #parts: MappedReaderParts;
  readonly #node: v1.NodeRef.$Properties;
  readonly #probe: Pick<VersionProbe, 'now' | 'since'>;
  readonly #map: ExtentMap;
  /** How much the next question is about: what is read at first, then more and more. */
  #stretchBytes = 0;
  #stretchBytesMax = RESOLVE_WINDOW_BYTES;
  #closed = false;
  /** Reads of what is known that are under way. */
  #confirming = 0;

  constructor(parts: MappedReaderParts, node: v1.NodeRef.$Properties, probe: Pick<VersionProbe, 'now' | 'since'>) {
    this.#parts = parts;
    this.#node = node;
    this.#probe = probe;
    this.#map = new ExtentMap(parts.readBudget);
  }

  /** As `FileReader.part`. */
  async part(offset: number, length: number, scope: Scope): Promise<Uint8Array> {
    const { bytes } = await this.versionedPart(offset, length, scope);
    this.#parts.counters.bytesRead += bytes.length;
    return bytes;
  }

  /** As `FileReader.versionedPart`. */
  async versionedPart(offset: number, length: number, scope: Scope): Promise<VersionedBytes> {
    if (length === 0 || offset >= FILE_BYTES_MAX) return { bytes: new Uint8Array(), contentVersion: undefined };
    const end = Math.min(offset + length, FILE_BYTES_MAX);
    const known = this.#map.covering(offset, end);
    const read =
      known === undefined ? await this.#resolved(offset, end, scope) : await this.#confirmed(known, offset, end, scope);
    return read ?? this.#parts.reader.versionedPart(this.#node, offset, length, scope);
  }

  /** Keeps nothing any more. */
  close(): void {
    this.#closed = true;
    this.#map.dropAhead();
  }

  /** Undefined: the file has another version by now, nobody could say, or it could not be read from where it was. */
  async #confirmed(file: LocatedFile, offset: number, end: number, scope: Scope): Promise<VersionedBytes | undefined> {
    const began = this.#probe.now;
    const isAlone = this.#confirming++ === 0;
    try {
      const asking = isAlone ? this.#isStill(file, began, scope) : undefined;
      // What cannot be read may lie elsewhere by now, though no byte of the file has changed.
      const read = await this.#range(file, offset, end, scope).catch(() => undefined);
      // Of several at a time the first that has its bytes asks for all: a question of each would be wasted.
      if (read !== undefined && (await (asking ?? this.#isStill(file, began, scope)))) return read;
    } finally {
      this.#confirming--;
    }
    this.#map.dropAhead();
    scope.check();
    return undefined;
  }

  /** Whether it was of the same version at some moment since then. */
  async #isStill({ contentVersion }: LocatedFile, began: number, scope: Scope): Promise<boolean> {
    try {
      return (await this.#probe.since(began, scope)) === contentVersion;
    } catch {
      // Whoever asks where the bytes are is told why.
      return false;
    }
  }

  /** Asks about what is read and what is around it. Undefined: changed meanwhile, or the answer did not get that far. */
  async #resolved(offset: number, end: number, scope: Scope): Promise<VersionedBytes | undefined> {
    const [from, to] = this.#stretchAround(offset, end);
    if (to - from > RESOLVE_WINDOW_BYTES) return undefined;
    const file = await this.#parts.resolver.resolve(this.#node, from, to - from, scope);
    if (!this.#closed) this.#map.add(file, from, to);
    if (file.nextOffset > 0) {
      // So many extents that an answer cannot tell them all: ask about less.
      this.#stretchBytesMax = Math.floor((file.nextOffset - from) / 2);
      if (file.nextOffset <= offset) return undefined;
    }
    return this.#range(this.#map.covering(offset, end) ?? file, offset, end, scope);
  }

  #stretchAround(offset: number, end: number): [from: number, to: number] {
    const bytes = Math.min(this.#stretchBytes, this.#stretchBytesMax);
    this.#stretchBytes = Math.max(MAPPED_STRETCH_BYTES_MIN, Math.min(RESOLVE_WINDOW_BYTES, 2 * this.#stretchBytes));
    if (end - offset >= bytes) return [offset, end];
    const from = Math.floor(offset / bytes) * bytes;
    return [from, Math.min(FILE_BYTES_MAX, Math.max(end, from + bytes))];
  }

  /** Undefined: it was changed while it was read. */
  async #range(file: LocatedFile, offset: number, end: number, scope: Scope): Promise<VersionedBytes | undefined> {
    const to = Math.min(end, file.bytes);
    try {
      const bytes = await this.#parts.reader.range(file, Math.min(offset, to), to, scope);
      return { bytes, contentVersion: file.contentVersion };
    } catch (error) {
      if (error instanceof TesseraError && error.code === 'CHANGED') return undefined;
      throw error;
    }
  }
}
