import { TesseraError, type v1 } from '@tessera/protocol';
import { RESOLVE_WINDOW_BYTES } from '../limits.js';
import type { OperationSink } from '../metadata/batcher.js';
import type { Scope } from '../scope.js';
import { clipPiece, type LocatedFile, type Piece, type ResolvedFile, resolvedFileFrom } from './resolved-file.js';

/** Estimate of one resolve's answer for a window of small segments. */
const RESOLVE_REPLY_BYTES = 128 * 1024;

/** Asks the metaserver where a file's bytes lie, a window at a time. */
export class Resolver {
  readonly #batcher: OperationSink;

  constructor(batcher: OperationSink) {
    this.#batcher = batcher;
  }

  /** `replyBytes`: an estimate of the answer's. @throws TesseraError NOT_FOUND, IS_A_DIRECTORY, … */
  async resolve(
    node: v1.NodeRef.$Properties,
    offset: number,
    length: number,
    scope: Scope,
    replyBytes = RESOLVE_REPLY_BYTES,
  ): Promise<ResolvedFile> {
    const request = { node, offset, length };
    const estimate = Math.min(RESOLVE_REPLY_BYTES, replyBytes);
    return resolvedFileFrom(await this.#batcher.submit('resolve', request, scope, 256, estimate));
  }

  /** The first window of a file that is read from `offset` on. */
  first(node: v1.NodeRef.$Properties, offset: number, scope: Scope): Promise<ResolvedFile> {
    return this.resolve(node, offset, RESOLVE_WINDOW_BYTES, scope);
  }

  /**
   * The pieces in [from, to) of a file, in order. `first` is what `first(…, from)` answered; later windows are asked for
   * by inode, so a rename does not matter. @throws TesseraError CHANGED when its bytes were changed or it was replaced
   */
  async *pieces(first: LocatedFile, from: number, to: number, scope: Scope): AsyncGenerator<Piece> {
    let window: LocatedFile = first;
    let windowFrom = from;
    for (;;) {
      const windowTo = Math.min(to, window.nextOffset > 0 ? window.nextOffset : windowFrom + RESOLVE_WINDOW_BYTES);
      for (const piece of window.pieces) {
        const clipped = clipPiece(piece, windowFrom, windowTo);
        if (clipped !== undefined) yield clipped;
      }
      if (windowTo >= to) return;
      windowFrom = windowTo;
      window = await this.again(first, windowFrom, Math.min(RESOLVE_WINDOW_BYTES, to - windowFrom), scope);
    }
  }

  /** Resolves more, or once more, of a file whose bytes must be what they were. @throws TesseraError CHANGED */
  async again(file: LocatedFile, offset: number, length: number, scope: Scope): Promise<ResolvedFile> {
    let resolved: ResolvedFile;
    try {
      resolved = await this.resolve({ base: file.inode }, offset, length, scope);
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      if (error.code !== 'NOT_FOUND') throw error;
      throw new TesseraError('CHANGED', 'the file was removed or replaced while it was read', { cause: error });
    }
    if (resolved.contentVersion !== file.contentVersion) {
      throw new TesseraError('CHANGED', 'the file was changed while it was read');
    }
    return resolved;
  }
}
