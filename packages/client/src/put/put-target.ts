import type { TesseraError, v1 } from '@tessera/protocol';
import type { OperationSink } from '../metadata/batcher.js';
import type { Scope } from '../scope.js';
import { makeSegment, type Segment } from '../stripe/segment.js';
import type { PlacedSegment, StripeBuilder } from '../stripe/stripe-builder.js';
import type { PlacedExtent } from './commit.js';
import type { DirectoryPolicy, LayoutCache } from './layout-cache.js';

export interface PutParts {
  readonly batcher: OperationSink;
  readonly builder: StripeBuilder;
  readonly layouts: LayoutCache;
}

/** One file on its way: where it goes and under which rules. */
export class PutTarget {
  readonly path: Uint8Array;
  readonly directory: DirectoryPolicy;
  readonly scope: Scope;
  readonly name: Pick<v1.PutFileOperation.$Properties, 'node' | 'replace' | 'makeParents' | 'mode'>;
  readonly #parts: PutParts;
  readonly #mixingKey: string;

  constructor(
    parts: PutParts,
    options: {
      path: Uint8Array;
      replace: boolean;
      makeParents: boolean;
      mode: number;
      directory: DirectoryPolicy;
      mixingKey: string;
      scope: Scope;
    },
  ) {
    this.#parts = parts;
    this.path = options.path;
    this.directory = options.directory;
    this.scope = options.scope;
    this.#mixingKey = options.mixingKey;
    this.name = {
      node: { path: options.path },
      replace: options.replace,
      makeParents: options.makeParents,
      mode: options.mode,
    };
  }

  get segmentBytes(): number {
    return this.directory.layout.segmentBytes;
  }

  /** Bytes of data in a full stripe. */
  get stripeBytes(): number {
    return this.segmentBytes * this.directory.layout.redundancy.data;
  }

  /** Writes pieces that follow each other in the file from `fileOffset` on; `whole` when they are all of it. */
  write(pieces: readonly Uint8Array[], fileOffset: number, whole: boolean): Promise<PlacedExtent>[] {
    const segments = pieces.map(makeSegment);
    const written = this.#write(segments, whole && segments.length === 1);
    let offset = fileOffset;
    return written.map((promise, index) => {
      const at = offset;
      offset += (pieces[index] as Uint8Array).length;
      return promise.then((placed) => ({ fileOffset: at, placed }));
    });
  }

  /**
   * Writes the bytes of refused extents again, under new ids.
   * @throws TesseraError the refusal itself, when the directory has another layout by now: these segments do not fit it
   */
  async rewrite(extents: readonly PlacedExtent[], refusal: TesseraError): Promise<PlacedExtent[]> {
    if (refusal.code === 'COMMIT_REFUSED' && (await this.layoutChanged())) throw refusal;
    if (refusal.code === 'LEASE_CLOSED') {
      for (const { placed } of extents) placed.stripe.id.pool.drop(placed.stripe.id.lease);
    }
    const segments = extents.map(({ placed }) => placed.segment);
    const written = this.#write(segments, segments.length === 1);
    return settleTogether(
      written.map((promise, index) =>
        promise.then((placed) => ({ fileOffset: (extents[index] as PlacedExtent).fileOffset, placed })),
      ),
      (extent) => this.settle(extent.placed),
    );
  }

  #write(segments: readonly Segment[], holds: boolean): Promise<PlacedSegment>[] {
    return this.#parts.builder.write(this.directory.policy, this.#mixingKey, segments, holds, this.scope);
  }

  async layoutChanged(): Promise<boolean> {
    const now = await this.#parts.layouts.fresh(this.directory.path, this.scope);
    return JSON.stringify(now.layout) !== JSON.stringify(this.directory.layout);
  }

  settle(placed: PlacedSegment): void {
    this.#parts.builder.settle(placed);
  }

  submitPut(
    content: Pick<v1.PutFileOperation.$Properties, 'bytes' | 'inlineData' | 'extents' | 'stripes'>,
    requestBytes: number,
  ): Promise<v1.PutFileResult.$Properties> {
    return this.#parts.batcher.submit('putFile', { ...this.name, ...content }, this.scope, requestBytes);
  }

  /** Whose layout a staged inode gets. */
  get stagingDirectory(): Uint8Array {
    return this.directory.path;
  }

  get batcher(): OperationSink {
    return this.#parts.batcher;
  }
}

/** All results, or the first failure; then `undo` is called for what succeeds all the same. */
export async function settleTogether<T>(promises: readonly Promise<T>[], undo: (value: T) => void): Promise<T[]> {
  try {
    return await Promise.all(promises);
  } catch (error) {
    for (const promise of promises) promise.then(undo, () => {});
    throw error;
  }
}
