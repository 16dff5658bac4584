import { BLOCK_BYTES, TesseraError, type v1 } from '@tessera/protocol';
import { clipPiece, type Piece, type ResolvedFile } from '../get/resolved-file.js';
import type { Resolver } from '../get/resolver.js';
import { RESOLVES_TOGETHER_MAX } from '../limits.js';
import type { Scope } from '../scope.js';

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface LocatedSpans {
  /** As one of the answers told it; all were of one version. */
  readonly file: ResolvedFile;
  /** Ascending, apart; those in the spans. */
  readonly pieces: readonly Piece[];
}

/** What the metaserver says of many stretches of one file: the questions travel together. */
export class SpanResolver {
  readonly #resolver: Pick<Resolver, 'resolve'>;

  constructor(resolver: Pick<Resolver, 'resolve'>) {
    this.#resolver = resolver;
  }

  /**
   * `spans` are ascending and apart, at least one. `version`: what the file's content version must be.
   * @throws TesseraError CHANGED when the answers are of different versions; NOT_FOUND, …
   */
  async locate(
    node: v1.NodeRef.$Properties,
    spans: readonly Span[],
    version: bigint | undefined,
    scope: Scope,
  ): Promise<LocatedSpans> {
    const pieces: Piece[] = [];
    let file: ResolvedFile | undefined;
    for (let next = 0; next < spans.length; next += RESOLVES_TOGETHER_MAX) {
      const together = spans.slice(next, next + RESOLVES_TOGETHER_MAX);
      const answers = await Promise.all(together.map((span) => this.#span(node, span, scope)));
      for (const answer of answers) {
        for (const part of answer) {
          file ??= part.file;
          if (part.file.contentVersion !== (version ?? file.contentVersion)) {
            throw new TesseraError('CHANGED', 'the file was changed while it was read');
          }
          // Two spans may lie in one extent.
          for (const piece of part.pieces) pieces.push(piece);
        }
      }
      scope.progress();
    }
    return { file: file as ResolvedFile, pieces };
  }

  /** The answers for one span, and for the rest that an answer left out. */
  async #span(node: v1.NodeRef.$Properties, { from, to }: Span, scope: Scope): Promise<LocatedSpans[]> {
    const answers: LocatedSpans[] = [];
    for (let at = from; at < to; ) {
      const file = await this.#resolver.resolve(node, at, to - at, scope, replyBytes(to - at));
      const told = file.nextOffset > 0 ? Math.min(to, file.nextOffset) : to;
      const pieces = file.pieces.flatMap((piece) => clipPiece(piece, at, told) ?? []);
      answers.push({ file, pieces });
      at = told;
    }
    return answers;
  }
}

/** Estimate of an answer about so many bytes of a file: as if its segments had the length of a block. */
function replyBytes(spanBytes: number): number {
  return 1_024 + 512 * (Math.ceil(spanBytes / BLOCK_BYTES) + 1);
}
