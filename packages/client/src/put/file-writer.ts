import { type BufferPool, EXTENTS_PER_COMMIT_MAX, TesseraError, v1 } from '@tessera/protocol';
import type { HintFields } from '../hints/hints.js';
import type { Scope } from '../scope.js';
import type { Content } from './api.js';
import { type DirectoryPolicy, parentOf } from './layout-cache.js';
import { fileName, type PutParts, PutTarget } from './put-target.js';
import { SegmentCutter } from './segment-cutter.js';
import type { Stored } from './stored.js';
import { StreamedPut } from './streamed-put.js';
import { putWhole } from './whole-put.js';

export interface FileWriterParts extends PutParts {
  /** Buffers for the segments of streams. */
  readonly segmentPool: BufferPool;
}

export interface PutRequest {
  readonly path: Uint8Array;
  readonly content: Content;
  readonly replace: boolean;
  readonly makeParents: boolean;
  /** 0 = the metaserver's default. */
  readonly mode: number;
  /** Undefined: the time of the commit. */
  readonly modifiedNs?: bigint | undefined;
  readonly hints?: HintFields | undefined;
}

/** Stores whole files: inline, with one commit, or staged, as their length asks for. */
export class FileWriter {
  readonly #parts: FileWriterParts;
  #files = 0;

  constructor(parts: FileWriterParts) {
    this.#parts = parts;
  }

  async put(request: PutRequest, scope: Scope): Promise<Stored> {
    const { content } = request;
    if (!(content instanceof Uint8Array)) return this.#putStream(request, content, scope);
    if (content.length === 0) return this.#putInline(request, content, scope);
    const target = await this.#target(request, scope);
    const { segmentBytes } = target;
    try {
      if (content.length <= target.directory.layout.inlineBytes) return await this.#putInline(request, content, scope);
      if (content.length <= segmentBytes * EXTENTS_PER_COMMIT_MAX) return await putWhole(target, content);
      return await this.#putPieces(target, new ArrayPieces(content, segmentBytes));
    } catch (error) {
      if (!isRefused(error) || !(await target.layoutChanged())) throw error;
    }
    // The directory's layout was changed meanwhile, and as it says now the content is more than the inode, or one commit,
    // takes.
    return this.put(request, scope);
  }

  async #putInline(request: PutRequest, inlineData: Uint8Array, scope: Scope): Promise<Stored> {
    const { path } = request;
    const operation = { ...fileName(request), bytes: inlineData.length, inlineData };
    const bytes = 256 + path.length + inlineData.length;
    const result = await this.#parts.batcher.submit('putFile', operation, scope, bytes);
    return { attributes: result.attributes, protection: 'full', layout: undefined };
  }

  async #putStream(request: PutRequest, content: AsyncIterable<Uint8Array>, scope: Scope): Promise<Stored> {
    const target = await this.#target(request, scope);
    const { layout } = target.directory;
    const cutter = new SegmentCutter(content, target.segmentBytes, this.#parts.segmentPool, scope);
    try {
      const first = await cutter.take(layout.redundancy.data);
      const [only] = first;
      if (only === undefined) return await this.#putInline(request, new Uint8Array(), scope);
      if (first.length === 1 && only.length <= layout.inlineBytes) {
        try {
          return await this.#putInline(request, only, scope);
        } catch (error) {
          if (!isRefused(error) || !(await target.layoutChanged())) throw error;
        }
      }
      return await new StreamedPut(target, cutter).run(first);
    } finally {
      cutter.close();
    }
  }

  async #putPieces(target: PutTarget, pieces: ArrayPieces): Promise<Stored> {
    return new StreamedPut(target, pieces).run(await pieces.take(target.directory.layout.redundancy.data));
  }

  async #target(request: PutRequest, scope: Scope): Promise<PutTarget> {
    const parent = parentOf(request.path);
    const directory = await this.#directory(parent, request, scope);
    const ownKey = `file ${this.#files++}`;
    const mixingKeyOf = (policy: DirectoryPolicy) => mixingKey(policy, parent, request.content, ownKey);
    return new PutTarget(this.#parts, { ...request, directory, mixingKeyOf, ownKey, scope });
  }

  /** Data is not sent for a file that has no directory to go to. */
  async #directory(parent: Uint8Array, request: PutRequest, scope: Scope): Promise<DirectoryPolicy> {
    const known = await this.#parts.layouts.of(parent, scope);
    if (known.exists || request.makeParents) return known;
    const fresh = await this.#parts.layouts.fresh(parent, scope);
    if (fresh.exists) return fresh;
    throw new TesseraError('NOT_FOUND', 'the parent directory does not exist: make it first, or ask for makeParents');
  }
}

/** Whether the metaserver refuses the content as it was laid out. */
function isRefused(error: unknown): boolean {
  return error instanceof TesseraError && (error.code === 'COMMIT_REFUSED' || error.code === 'TOO_LARGE');
}

/** Files with an equal key may share stripes: their commits tell the metaserver the same. */
function mixingKey({ layout, exists }: DirectoryPolicy, parent: Uint8Array, content: Content, ownKey: string): string {
  switch (layout.mixing) {
    case v1.Mixing.MIXING_FILE:
      return ownKey;
    case v1.Mixing.MIXING_TENANT:
      return 'tenant';
    default: {
      // What may be staged before its directory is there then counts as a file of the ancestor that it is staged in.
      const fitsCommit =
        content instanceof Uint8Array && content.length <= layout.segmentBytes * EXTENTS_PER_COMMIT_MAX;
      return exists || fitsCommit ? `directory ${Buffer.from(parent).toString('latin1')}` : ownKey;
    }
  }
}

/** Segments of content that is in memory: views of it. */
class ArrayPieces {
  readonly #content: Uint8Array;
  readonly #segmentBytes: number;
  #offset = 0;

  constructor(content: Uint8Array, segmentBytes: number) {
    this.#content = content;
    this.#segmentBytes = segmentBytes;
  }

  async take(count: number): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    while (pieces.length < count && this.#offset < this.#content.length) {
      pieces.push(this.#content.subarray(this.#offset, this.#offset + this.#segmentBytes));
      this.#offset += this.#segmentBytes;
    }
    return pieces;
  }

  release(): void {}
}
