import { EXTENTS_PER_COMMIT_MAX, type Layout, type TesseraError, toLong, type v1 } from '@tessera/protocol';
import type { Locality } from '../cluster/locality.js';
import type { HintFields } from '../hints/hints.js';
import type { OperationSink } from '../metadata/batcher.js';
import type { Scope } from '../scope.js';
import { LineUp, seedOf } from '../stripe/line-up.js';
import { type StripePolicy, stripePolicy } from '../stripe/policy.js';
import { makeSegment, type Segment } from '../stripe/segment.js';
import type { StripeBuilder } from '../stripe/stripe-builder.js';
import type { FilePlaces, PlacedSegment } from '../stripe/waiting-segment.js';
import type { PlacedExtent } from './commit.js';
import { type DirectoryPolicy, hintedPolicy, type LayoutCache, parentOf } from './layout-cache.js';

export interface PutParts {
  readonly batcher: OperationSink;
  readonly locality: Pick<Locality, 'servers'>;
  readonly builder: StripeBuilder;
  readonly layouts: LayoutCache;
}

/** A segment and where it belongs in its file. */
interface Piece {
  readonly fileOffset: number;
  readonly segment: Segment;
}

/** One file on its way: where it goes and under which rules. */
export class PutTarget {
  readonly path: Uint8Array;
  readonly scope: Scope;
  readonly name: FileNaming;
  readonly #parts: PutParts;
  readonly #mixingKeyOf: (directory: DirectoryPolicy) => string;
  readonly #hints: HintFields | undefined;
  #directory: DirectoryPolicy;
  readonly #ownKey: string;
  #mixingKey: string;
  #keepsLayout = false;
  #isOneSegment = false;
  /** Where the segments prefer to lie, while the policy says that they do. */
  #lineUp: { readonly policy: StripePolicy; readonly lineUp: LineUp } | undefined;

  constructor(
    parts: PutParts,
    options: {
      path: Uint8Array;
      replace: boolean;
      makeParents: boolean;
      mode: number;
      modifiedNs?: bigint | undefined;
      /** Over the layout of its directory, which `directory` is without. */
      hints?: HintFields | undefined;
      directory: DirectoryPolicy;
      /** Files whose keys differ share no stripes. */
      mixingKeyOf: (directory: DirectoryPolicy) => string;
      /** One that no other file has. */
      ownKey: string;
      scope: Scope;
    },
  ) {
    this.#parts = parts;
    this.path = options.path;
    this.scope = options.scope;
    this.#hints = options.hints;
    this.#directory = hintedPolicy(options.directory, options.hints);
    this.#mixingKeyOf = options.mixingKeyOf;
    this.#mixingKey = options.mixingKeyOf(options.directory);
    this.#ownKey = options.ownKey;
    this.name = fileName(options);
  }

  /** As it is known by now. */
  get directory(): DirectoryPolicy {
    return this.#directory;
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
    let offset = fileOffset;
    const cut = pieces.map((bytes) => {
      const piece = { fileOffset: offset, segment: makeSegment(bytes) };
      offset += bytes.length;
      return piece;
    });
    this.#isOneSegment = whole && cut.length === 1;
    return this.#write(cut, this.#isOneSegment);
  }

  /**
   * Writes the bytes of refused extents again, under new ids. What does not fit the directory's layout goes as the layout
   * says by now.
   * @throws TesseraError the refusal itself, when that would make more extents than a commit takes
   */
  async rewrite(extents: readonly PlacedExtent[], refusal: TesseraError): Promise<PlacedExtent[]> {
    let directory = this.#directory;
    if (refusal.code === 'COMMIT_REFUSED' && !this.#keepsLayout) {
      const now = await this.#freshDirectory();
      if (!sameLayout(now.layout, directory.layout)) directory = now;
    }
    const pieces = extents.flatMap((extent) => cutAgain(extent, directory.layout.segmentBytes));
    if (pieces.length > Math.max(extents.length, EXTENTS_PER_COMMIT_MAX)) throw refusal;
    // What is refused under the same layout may have met files of another directory, which has the path by now.
    if (directory !== this.#directory) this.#follow(directory);
    else if (refusal.code === 'COMMIT_REFUSED') this.#mixingKey = this.#ownKey;
    if (refusal.code === 'LEASE_CLOSED') {
      for (const { placed } of extents) placed.stripe.id.pool.drop(placed.stripe.id.lease);
    }
    return settleTogether(this.#write(pieces, pieces.length === 1), (extent) => this.settle(extent.placed));
  }

  /** From now on the file goes by this layout, whatever becomes of its directory's. */
  keepLayout(layout: Layout): void {
    this.#keepsLayout = true;
    if (sameLayout(layout, this.#directory.layout)) return;
    this.#follow({ ...this.#directory, layout, policy: stripePolicy(layout) });
  }

  /** Whether the directory has another layout than the one the file goes by. */
  async layoutChanged(): Promise<boolean> {
    return !sameLayout((await this.#freshDirectory()).layout, this.#directory.layout);
  }

  async #freshDirectory(): Promise<DirectoryPolicy> {
    return hintedPolicy(await this.#parts.layouts.fresh(parentOf(this.path), this.scope), this.#hints);
  }

  #follow(directory: DirectoryPolicy): void {
    this.#directory = directory;
    this.#mixingKey = this.#mixingKeyOf(directory);
  }

  #write(pieces: readonly Piece[], holds: boolean): Promise<PlacedExtent>[] {
    const segments = pieces.map(({ segment }) => segment);
    const { policy } = this.#directory;
    const places = policy.linesUp ? this.#places(policy, pieces) : undefined;
    const written = this.#parts.builder.write(policy, this.#mixingKey, segments, holds, this.scope, places);
    return written.map((promise, index) => {
      const { fileOffset } = pieces[index] as Piece;
      return promise.then((placed) => ({ fileOffset, placed }));
    });
  }

  #places(policy: StripePolicy, pieces: readonly Piece[]): FilePlaces {
    if (this.#lineUp?.policy !== policy) {
      const lineUp = new LineUp(policy.layout, seedOf(this.path), this.#parts.locality.servers);
      this.#lineUp = { policy, lineUp };
    }
    const { lineUp } = this.#lineUp;
    return {
      lineUp,
      offsets: pieces.map(({ fileOffset }) => fileOffset),
      lane: this.#isOneSegment ? undefined : lineUp.lane,
    };
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

type FileNaming = Pick<
  v1.PutFileOperation.$Properties,
  'node' | 'replace' | 'makeParents' | 'mode' | 'modifiedNs' | 'layout'
>;

/** The fields of a file's making other than its content. */
export function fileName(options: {
  path: Uint8Array;
  replace: boolean;
  makeParents: boolean;
  mode: number;
  modifiedNs?: bigint | undefined;
  hints?: HintFields | undefined;
}): FileNaming {
  const { path, replace, makeParents, mode, modifiedNs, hints } = options;
  const naming: FileNaming = { node: { path }, replace, makeParents, mode };
  if (modifiedNs !== undefined) naming.modifiedNs = toLong(modifiedNs);
  if (hints !== undefined) naming.layout = hints;
  return naming;
}

export function sameLayout(one: Layout, other: Layout): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The extent's segment; in pieces when it is longer than segments may be. */
export function cutAgain(
  { fileOffset, placed: { segment }, runs }: PlacedExtent,
  segmentBytes: number,
): (Piece & Pick<PlacedExtent, 'runs'>)[] {
  if (segment.bytes.length <= segmentBytes) return [{ fileOffset, segment, runs }];
  const pieces: Piece[] = [];
  let at = 0;
  for (const run of runs ?? [{ fileOffset, length: segment.bytes.length }]) {
    const end = at + run.length;
    for (let start = 0; start < run.length; start += segmentBytes) {
      const bytes = segment.bytes.subarray(at + start, Math.min(end, at + start + segmentBytes));
      pieces.push({ fileOffset: run.fileOffset + start, segment: makeSegment(bytes) });
    }
    at = end;
  }
  return pieces;
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
