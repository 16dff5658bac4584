import type { Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import {
  EXTENTS_PER_COMMIT_MAX,
  encodeId,
  FILE_BYTES_MAX,
  TesseraError,
  toLong,
  toSafeNumber,
  type v1,
} from '@tessera/protocol';
import { attributesFrom } from '../attributes.js';
import type { Counters } from '../counters.js';
import type { ByteRange } from '../datatype/flatten.js';
import type { FileReader } from '../get/file-reader.js';
import { MappedReader } from '../get/mapped-reader.js';
import type { ReadBudget } from '../get/read-budget.js';
import type { Resolver } from '../get/resolver.js';
import { VersionProbe } from '../get/version-probe.js';
import type { ListReader } from '../list/list-reader.js';
import type { OperationSink } from '../metadata/batcher.js';
import type { Attributes, OperationOptions } from '../node-api.js';
import { named, type Scope, type Scopes } from '../scope.js';
import type { AppendResult, CommitOptions, FileHandle, FileWritableOptions, RangeOptions } from './api.js';
import { checkData, checkRange, checkWhole } from './check-range.js';
import { commitPieces } from './commit-pieces.js';
import { checkedParts, type ListedFile, readArrays, readInto } from './file-lists.js';
import type { FileStaging } from './file-staging.js';
import { nodeReadable, nodeWritable, webReadable, webWritable } from './file-streams.js';
import type { FileTarget } from './file-target.js';
import { partsOfStrided, partsOfView, readStrided, readView } from './file-views.js';
import type { RangeData } from './list-api.js';
import type { Access } from './open-flags.js';
import { ReadAhead } from './read-ahead.js';
import type { StridedRange, ViewAccess } from './view-api.js';
import type { WriteBehind } from './write-behind.js';

export interface OpenFileParts {
  readonly scopes: Scopes;
  readonly batcher: OperationSink;
  readonly reader: Pick<FileReader, 'versionedPart' | 'range' | 'stream'>;
  readonly resolver: Pick<Resolver, 'resolve'>;
  readonly readBudget: ReadBudget;
  readonly counters: Counters;
  readonly lists: Pick<ListReader, 'read'>;
}

/** What a file open for writing has beside. */
export interface WritingParts {
  readonly target: FileTarget;
  readonly behind: WriteBehind;
  readonly staging: FileStaging;
}

export class OpenFile implements FileHandle {
  readonly #parts: OpenFileParts;
  readonly #access: Access;
  readonly #inode: Uint8Array;
  readonly #name: string;
  readonly #writing: WritingParts | undefined;
  readonly #mapped: MappedReader;
  readonly #ahead: ReadAhead;
  #attributes: Attributes;
  #closed = false;

  /** `name` is for messages. `writing` makes what it takes to write, given whom to tell of commits. */
  constructor(
    parts: OpenFileParts,
    options: {
      access: Access;
      attributes: Attributes;
      name: string;
      writing?: (file: { onCommit(attributes: Attributes): void; mayBeInline(): boolean }) => WritingParts;
    },
  ) {
    this.#parts = parts;
    this.#access = options.access;
    this.#attributes = options.attributes;
    this.#inode = encodeId(options.attributes.inode);
    this.#name = options.name;
    const probe = new VersionProbe(parts, this.#node, `looking at ${this.#name}`);
    this.#mapped = new MappedReader(parts, this.#node, probe);
    this.#ahead = new ReadAhead({ ...parts, probe, reader: this.#mapped }, `reading ahead in ${this.#name}`);
    this.#writing = options.writing?.({
      onCommit: (attributes) => this.#committed(attributes),
      mayBeInline: () => this.#mayBeInline(),
    });
  }

  get attributes(): Attributes {
    return this.#attributes;
  }

  /** For groups, which commit together what several clients wrote. @throws TesseraError INVALID_ARGUMENT: not open for writing */
  get staging(): FileStaging {
    return this.#requirePlaced().staging;
  }

  async read(offset: number, length: number, options?: OperationOptions): Promise<Uint8Array> {
    this.#requireReading();
    checkWhole('offset', offset);
    checkWhole('length', length);
    // What is unflushed by now counts, also if it is committed before the rest has been read.
    const unflushed = this.#writing?.behind.overlay(offset, offset + length) ?? [];
    const end = Math.min(offset + length, this.#writing?.behind.end ?? 0);
    return this.#parts.scopes.run(`reading ${this.#name}`, options, async (scope) => {
      const [only] = unflushed;
      if (unflushed.length === 1 && only?.bytes.length === length) return only.bytes;
      const committed = await this.#ahead.read(offset, length, scope);
      if (unflushed.length === 0)
        return offset + committed.length >= end ? committed : lengthened(committed, end - offset);
      const content = lengthened(committed, Math.max(committed.length, end - offset));
      for (const { offset: at, bytes } of unflushed) content.set(bytes, at - offset);
      return content;
    });
  }

  async write(offset: number, data: Uint8Array, options?: OperationOptions): Promise<void> {
    const { behind } = this.#requireWriting();
    checkWhole('offset', offset);
    checkData(data);
    if (this.#access.append) {
      await this.append(data, options);
      return;
    }
    checkRange(offset, data.length);
    if (data.length === 0) return;
    await this.#parts.scopes.run(`writing ${this.#name}`, options, (scope) => behind.write(offset, data, scope));
  }

  async readv(ranges: readonly ByteRange[], options?: OperationOptions): Promise<Uint8Array[]> {
    this.#requireReading();
    return this.#parts.scopes.run(`reading ${this.#name}`, options, (scope) => readArrays(this.#listed, ranges, scope));
  }

  async readvInto(buffer: Uint8Array, ranges: readonly ByteRange[], options?: OperationOptions): Promise<number[]> {
    this.#requireReading();
    return this.#parts.scopes.run(`reading ${this.#name}`, options, (scope) =>
      readInto(this.#listed, buffer, ranges, scope),
    );
  }

  async writev(parts: readonly RangeData[], options?: OperationOptions): Promise<void> {
    await this.#writeParts(() => checkedParts(parts), options);
  }

  async readView(buffer: Uint8Array, access: ViewAccess, options?: OperationOptions): Promise<number> {
    this.#requireReading();
    return this.#parts.scopes.run(`reading ${this.#name}`, options, (scope) =>
      readView(this.#listed, buffer, access, scope),
    );
  }

  async writeView(buffer: Uint8Array, access: ViewAccess, options?: OperationOptions): Promise<void> {
    await this.#writeParts(() => partsOfView(buffer, access), options);
  }

  async readStrided(range: StridedRange, options?: OperationOptions): Promise<Uint8Array> {
    this.#requireReading();
    return this.#parts.scopes.run(`reading ${this.#name}`, options, (scope) => readStrided(this.#listed, range, scope));
  }

  async writeStrided(range: StridedRange, data: Uint8Array, options?: OperationOptions): Promise<void> {
    await this.#writeParts(() => partsOfStrided(range, data), options);
  }

  async append(data: Uint8Array, options: CommitOptions = {}): Promise<AppendResult> {
    const { target } = this.#requireWriting();
    checkData(data);
    return this.#parts.scopes.run(`appending to ${this.#name}`, options, async (scope) => {
      const ifVersion = await this.#flushed(options.ifVersion, scope);
      if (data.length === 0) {
        const attributes = await this.#stat(scope);
        return { offset: attributes.bytes, attributes };
      }
      const pieces = cut(data, target.segmentBytes);
      if (pieces.length > EXTENTS_PER_COMMIT_MAX) {
        const most = EXTENTS_PER_COMMIT_MAX * target.segmentBytes;
        throw new TesseraError('TOO_LARGE', `${data.length} bytes; at most ${most} are appended in one piece`);
      }
      const mayBeInline = this.#mayBeInline(data.length);
      const terms = { append: true, end: this.#attributes.bytes, ifVersion, mayBeInline };
      const result = await commitPieces(target, pieces, terms, scope);
      const attributes = attributesFrom(result.attributes);
      this.#committed(attributes);
      return { offset: toSafeNumber(result.base), attributes };
    });
  }

  async truncate(bytes: number, options: CommitOptions = {}): Promise<Attributes> {
    this.#requireWriting();
    checkWhole('bytes', bytes);
    return this.#parts.scopes.run(`truncating ${this.#name}`, options, async (scope) => {
      const ifVersion = await this.#flushed(options.ifVersion, scope);
      return this.cutTo(bytes, ifVersion, scope);
    });
  }

  /** Truncates; a file of very many extents in several steps. */
  async cutTo(bytes: number, ifVersion: bigint | undefined, scope: Scope): Promise<Attributes> {
    const { target } = this.#requireWriting();
    for (let version = ifVersion; ; ) {
      const condition = version === undefined ? {} : { ifContentVersion: toLong(version) };
      const attributes = attributesFrom((await target.submit({ ...condition, truncate: { bytes } }, scope)).attributes);
      this.#committed(attributes);
      scope.progress();
      if (attributes.bytes === bytes) return attributes;
      if (version !== undefined) version = attributes.contentVersion;
    }
  }

  async flush(options: CommitOptions = {}): Promise<Attributes> {
    const { behind } = this.#requireWriting();
    await this.#parts.scopes.run(`flushing ${this.#name}`, options, (scope) => behind.flush(options.ifVersion, scope));
    return this.#attributes;
  }

  async stat(options?: OperationOptions): Promise<Attributes> {
    this.#checkOpen();
    return this.#parts.scopes.run(`stat of ${this.#name}`, options, async (scope) => {
      const attributes = await this.#stat(scope);
      return { ...attributes, bytes: Math.max(attributes.bytes, this.#writing?.behind.end ?? 0) };
    });
  }

  async close(options?: OperationOptions): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#ahead.close();
    this.#mapped.close();
    const { behind } = this.#writing ?? {};
    if (behind === undefined) return;
    await this.#parts.scopes.run(`closing ${this.#name}`, options, (scope) => behind.flush(undefined, scope));
  }

  readable(options: RangeOptions = {}): Readable {
    return nodeReadable(this.#chunks(options));
  }

  readableStream(options: RangeOptions = {}): ReadableStream<Uint8Array> {
    return webReadable(this.#chunks(options));
  }

  writable(options: FileWritableOptions = {}): Writable {
    return nodeWritable(this.#sink(options));
  }

  writableStream(options: FileWritableOptions = {}): WritableStream<Uint8Array> {
    return webWritable(this.#sink(options));
  }

  #sink({ start = 0 }: FileWritableOptions) {
    const { behind } = this.#requireWriting();
    checkWhole('start', start);
    let at = start;
    return {
      write: async (data: Uint8Array) => {
        await this.write(at, data);
        at += data.length;
      },
      end: async () => {
        await this.flush();
      },
      abort: () => behind.discard(),
    };
  }

  async *#chunks({ start = 0, end = FILE_BYTES_MAX, ...options }: RangeOptions): AsyncGenerator<Uint8Array> {
    this.#requireReading();
    checkWhole('start', start);
    checkWhole('end', end);
    const what = `reading ${this.#name}`;
    const scope = this.#parts.scopes.open(what, options);
    try {
      scope.check();
      await this.#writing?.behind.flush(undefined, scope);
      yield* this.#parts.reader.stream(this.#node, start, Math.max(start, end), scope);
    } catch (error) {
      throw named(what, TesseraError.from(error));
    } finally {
      scope.close();
    }
  }

  get #node(): v1.NodeRef.$Properties {
    return { base: this.#inode };
  }

  async #stat(scope: Scope): Promise<Attributes> {
    return attributesFrom((await this.#parts.batcher.submit('stat', { node: this.#node }, scope)).attributes);
  }

  /** Commits unflushed writes first; a condition then is on what that made of the file. */
  async #flushed(ifVersion: bigint | undefined, scope: Scope): Promise<bigint | undefined> {
    const { behind } = this.#requireWriting();
    if (behind.end === 0) return ifVersion;
    await behind.flush(ifVersion, scope);
    return ifVersion === undefined ? undefined : this.#attributes.contentVersion;
  }

  #mayBeInline(added = 0): boolean {
    return this.#attributes.bytes + added <= (this.#writing?.target.inlineBytes ?? 0);
  }

  /** Commits may be answered in any order. */
  #committed(attributes: Attributes): void {
    if (attributes.contentVersion >= this.#attributes.contentVersion) this.#attributes = attributes;
  }

  /** `parts` checks them all before it answers. */
  async #writeParts(parts: () => Iterable<RangeData>, options: OperationOptions | undefined): Promise<void> {
    const { behind } = this.#requirePlaced();
    await this.#parts.scopes.run(`writing ${this.#name}`, options, (scope) => behind.writeMany(parts(), scope));
  }

  get #listed(): ListedFile {
    return { lists: this.#parts.lists, node: this.#node, behind: this.#writing?.behind };
  }

  #requireReading(): void {
    this.#checkOpen();
    if (!this.#access.read) this.#refuse('reading', 'r, or another with +');
  }

  /** As `#requireWriting`, for writes that say where in the file. */
  #requirePlaced(): WritingParts {
    const writing = this.#requireWriting();
    if (!this.#access.append) return writing;
    throw new TesseraError('INVALID_ARGUMENT', `${this.#name} is open to append, not to write at offsets: use r+ or w`);
  }

  #requireWriting(): WritingParts {
    this.#checkOpen();
    return this.#writing ?? this.#refuse('writing', 'r+, w or a');
  }

  #checkOpen(): void {
    if (this.#closed) throw new TesseraError('INVALID_ARGUMENT', `${this.#name} was closed`);
  }

  #refuse(what: string, flags: string): never {
    throw new TesseraError('INVALID_ARGUMENT', `${this.#name} is not open for ${what}: open it with ${flags}`);
  }
}

function cut(data: Uint8Array, segmentBytes: number): { fileOffset: number; bytes: Uint8Array }[] {
  const pieces: { fileOffset: number; bytes: Uint8Array }[] = [];
  for (let start = 0; start < data.length; start += segmentBytes) {
    pieces.push({ fileOffset: start, bytes: data.subarray(start, start + segmentBytes) });
  }
  return pieces;
}

/** The bytes, in an array of their own, with zeros after them. */
function lengthened(bytes: Uint8Array, length: number): Uint8Array {
  const content = new Uint8Array(length);
  content.set(bytes);
  return content;
}
