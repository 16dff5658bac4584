import type { TesseraError } from '@tessera/protocol';
import type { OperationOptions } from '../node-api.js';
import type { Scopes } from '../scope.js';
import type { FileTarget, Piece } from './file-target.js';
import { type StagedContent, StagedWrites } from './staged-writes.js';

export interface FileStagingOptions {
  readonly target: FileTarget;
  readonly scopes: Pick<Scopes, 'run'>;
  /** For messages. */
  readonly name: string;
  /** The session that the client's leases belong to by now. */
  readonly session: () => Uint8Array;
}

/** Writes an open file's bytes without committing them, and commits what this client or another one has written so. */
export class FileStaging {
  readonly #options: FileStagingOptions;
  #staged: StagedWrites;

  constructor(options: FileStagingOptions) {
    this.#options = options;
    this.#staged = new StagedWrites(options.target);
  }

  /** No piece is longer. */
  get segmentBytes(): number {
    return this.#options.target.segmentBytes;
  }

  /** Resolves once the pieces are durable; small ones share segments of at most `joinedBytesMax`. @throws TesseraError */
  write(pieces: readonly Piece[], joinedBytesMax: number, options?: OperationOptions): Promise<void> {
    const { scopes, name } = this.#options;
    const staged = this.#staged;
    return scopes.run(`writing ${name}`, options, (scope) => staged.write(pieces, joinedBytesMax, scope));
  }

  /** What has been written since the last `end`, for whoever commits it. */
  get content(): StagedContent {
    const lender = this.#options.session();
    const { extents, stripes } = this.#staged.content;
    return { extents, stripes: stripes.map((stripe) => ({ ...stripe, lender })) };
  }

  /** Commits this, whoever wrote it, in one transaction. @throws TesseraError COMMIT_REFUSED, LEASE_CLOSED, TOO_LARGE, … */
  async commit(content: StagedContent, options?: OperationOptions): Promise<void> {
    const { scopes, name, target } = this.#options;
    await scopes.run(`committing to ${name}`, options, (scope) =>
      target.submit(
        { append: false, extents: [...content.extents], stripes: [...content.stripes] },
        scope,
        contentBytes(content),
      ),
    );
  }

  /** What was written is committed or given up; `refusal` is why, if the commit was refused: what comes heeds it. */
  async end(refusal?: TesseraError): Promise<void> {
    const { scopes, name, target } = this.#options;
    const ended = this.#staged;
    this.#staged = new StagedWrites(target);
    if (refusal?.code === 'LEASE_CLOSED') ended.dropLeases();
    ended.settle();
    if (refusal?.code !== 'COMMIT_REFUSED') return;
    await scopes.run(`reading the layout of ${name}`, undefined, (scope) => target.refresh(scope));
  }
}

/** Estimate of a commit's size. */
function contentBytes({ extents, stripes }: StagedContent): number {
  let bytes = 256 + extents.length * 48;
  for (const { slots } of stripes) bytes += 64 + (slots?.length ?? 0) * 64;
  return bytes;
}
