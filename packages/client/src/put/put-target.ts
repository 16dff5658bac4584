import type { TesseraError, v1 } from '@tessera/protocol';
import type { Batcher } from '../metadata/batcher.js';
import type { Scope } from '../scope.js';
import { makeSegment } from '../stripe/segment.js';
import type { PlacedSegment, StripeBuilder } from '../stripe/stripe-builder.js';
import type { PlacedExtent } from './commit.js';
import type { DirectoryPolicy, LayoutCache } from './layout-cache.js';

export interface PutParts {
  readonly batcher: Batcher;
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

  /** Writes pieces that follow each other in the file from `fileOffset` on. */
  write(pieces: readonly Uint8Array[], fileOffset: number): Promise<PlacedExtent>[] {
    const segments = pieces.map(makeSegment);
    const written = this.#parts.builder.write(this.directory.policy, this.#mixingKey, segments, this.scope);
    let offset = fileOffset;
    return written.map((promise, index) => {
      const at = offset;
      offset += (pieces[index] as Uint8Array).length;
      return promise.then((placed) => ({ fileOffset: at, placed }));
    });
  }

  /** Writes the bytes of refused extents again, under new ids. */
  rewrite(extents: readonly PlacedExtent[], refusal: TesseraError): Promise<PlacedExtent[]> {
    // A refusal can mean that the directory's layout is another one by now: the next put asks for it.
    this.#parts.layouts.forget();
    if (refusal.code === 'LEASE_CLOSED') {
      for (const { placed } of extents) placed.stripe.id.pool.drop(placed.stripe.id.lease);
    }
    const segments = extents.map(({ placed }) => placed.segment);
    const written = this.#parts.builder.write(this.directory.policy, this.#mixingKey, segments, this.scope);
    return settleTogether(
      written.map((promise, index) =>
        promise.then((placed) => ({ fileOffset: (extents[index] as PlacedExtent).fileOffset, placed })),
      ),
      (extent) => this.settle(extent.placed),
    );
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

  get batcher(): Batcher {
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
