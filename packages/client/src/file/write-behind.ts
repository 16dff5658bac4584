import { type BufferPool, EXTENTS_PER_COMMIT_MAX, TesseraError } from '@tessera/protocol';
import { attributesFrom } from '../attributes.js';
import { ByteWindow } from '../byte-window.js';
import { FILE_UNFLUSHED_BYTES_MAX } from '../limits.js';
import type { Attributes } from '../node-api.js';
import type { Scope, Scopes } from '../scope.js';
import { commitPieces } from './commit-pieces.js';
import type { FileTarget } from './file-target.js';
import type { RangeData } from './list-api.js';
import { PendingWrites, type UnflushedBytes } from './pending-writes.js';
import type { Holder, WriteBudget } from './write-budget.js';

export interface WriteBehindOptions {
  readonly scopes: Pick<Scopes, 'open'>;
  readonly pool: BufferPool;
  readonly budget: WriteBudget;
  readonly target: FileTarget;
  /** For messages. */
  readonly name: string;
  /** Whether the file may live in its inode. */
  mayBeInline(): boolean;
  onCommit(attributes: Attributes): void;
}

/**
 * The unflushed writes of one open file. Whole segments go to chunkservers as they fill; everything else, and the commit,
 * waits for a flush, or until half of what may be held is. One commit is under way at a time, and they are in order.
 */
export class WriteBehind implements Holder {
  readonly #options: WriteBehindOptions;
  readonly #limitBytes: number;
  readonly #window: ByteWindow;
  #pending: PendingWrites;
  #pendingBytes = 0;
  #committing: PendingWrites | undefined;
  #commit: Promise<void> | undefined;
  /** Segments of what is pending are written in it. */
  #scope: Scope | undefined;
  /** Writes wait for those before them. */
  #turn: Promise<void> = Promise.resolve();
  #failure: TesseraError | undefined;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    const stripeBytes = options.target.segmentBytes * options.target.stripeSegments;
    this.#limitBytes = Math.max(FILE_UNFLUSHED_BYTES_MAX, 3 * stripeBytes);
    this.#window = new ByteWindow(this.#limitBytes);
    this.#pending = this.#nothing();
  }

  /** Where the last unflushed byte ends; 0 when there is none. */
  get end(): number {
    return Math.max(this.#pending.end, this.#committing?.end ?? 0);
  }

  /** Resolves once the bytes are copied. @throws TesseraError why an earlier write could not be committed */
  write(offset: number, data: Uint8Array, scope: Scope): Promise<void> {
    const written = this.#turn.then(() => this.#write(offset, data, scope));
    this.#turn = written.catch(() => {});
    return written;
  }

  /** As `write` for many, in order, with no other write in between. */
  writeMany(parts: Iterable<RangeData>, scope: Scope): Promise<void> {
    const written = this.#turn.then(async () => {
      for (const { offset, data } of parts) await this.#write(offset, data, scope);
    });
    this.#turn = written.catch(() => {});
    return written;
  }

  /** Copies of the unflushed bytes in [from, to), in layers: later ones lie over earlier ones, each is in file order. */
  layers(from: number, to: number): UnflushedBytes[][] {
    return [this.#committing?.overlay(from, to) ?? [], this.#pending.overlay(from, to)];
  }

  /** The same in one list. */
  overlay(from: number, to: number): UnflushedBytes[] {
    return this.layers(from, to).flat();
  }

  /** Resolves once all that was written before is committed. @throws TesseraError */
  async flush(ifVersion: bigint | undefined, scope: Scope): Promise<void> {
    await scope.race(this.#turn);
    while (this.#commit !== undefined) await scope.race(this.#commit);
    this.#check();
    if (this.#pending.isEmpty) return;
    await scope.race(this.#startCommit(ifVersion));
  }

  /** Gives up what is not being committed. */
  discard(): void {
    const given = this.#pending;
    const bytes = this.#pendingBytes;
    this.#pending = this.#nothing();
    this.#pendingBytes = 0;
    given.discard();
    this.#scope?.close();
    this.#scope = undefined;
    this.#give(bytes);
  }

  commitSoon(): void {
    if (this.#commit === undefined && !this.#pending.isEmpty && this.#failure === undefined) {
      this.#startCommit(undefined).catch(() => {});
    }
  }

  async #write(offset: number, data: Uint8Array, scope: Scope): Promise<void> {
    const { segmentBytes, stripeSegments } = this.#options.target;
    const stepBytes = segmentBytes * stripeSegments;
    for (let start = 0; start < data.length; start += stepBytes) {
      const part = data.subarray(start, start + stepBytes);
      if (this.#pending.runs.length + 2 * stripeSegments + 1 > EXTENTS_PER_COMMIT_MAX) this.commitSoon();
      await this.#room(part.length, scope);
      this.#pendingBytes += part.length;
      this.#pending.put(offset + start, part);
      this.#writeFull();
      if (this.#pendingBytes * 2 >= this.#limitBytes) this.commitSoon();
    }
  }

  async #room(bytes: number, scope: Scope): Promise<void> {
    const { budget } = this.#options;
    for (;;) {
      this.#check();
      scope.check();
      if (this.#window.tryTake(bytes)) {
        if (budget.tryTake(bytes, this)) return;
        const freed = budget.freed();
        this.#window.give(bytes);
        await scope.race(freed);
      } else {
        const freed = this.#window.freed();
        this.commitSoon();
        await scope.race(freed);
      }
    }
  }

  /** Full stripes of whole segments go out at once. */
  #writeFull(): void {
    const { target } = this.#options;
    const runs = this.#pending.takeFull(target.stripeSegments);
    if (runs.length === 0) return;
    const scope = this.#openScope();
    const pieces = runs.map(({ offset, buffer, length }) => ({
      fileOffset: offset,
      bytes: buffer.subarray(0, length),
    }));
    for (const [index, written] of target.write(pieces, false, scope).entries()) {
      // A failure is met by the commit that needs it.
      written.catch(() => {});
      (runs[index] as (typeof runs)[number]).written = written;
    }
  }

  #openScope(): Scope {
    const { scopes, name } = this.#options;
    if (this.#scope === undefined) {
      this.#scope = scopes.open(`writing ${name}`);
      // Until the commit begins it is the application's turn.
      this.#scope.rest();
    }
    return this.#scope;
  }

  #startCommit(ifVersion: bigint | undefined): Promise<void> {
    const generation = this.#pending;
    const bytes = this.#pendingBytes;
    const scope = this.#openScope();
    this.#pending = this.#nothing();
    this.#pendingBytes = 0;
    this.#scope = undefined;
    this.#committing = generation;
    const commit = this.#run(generation, ifVersion, scope).finally(() => {
      scope.close();
      this.#committing = undefined;
      this.#commit = undefined;
      this.#give(bytes);
    });
    this.#commit = commit;
    return commit;
  }

  async #run(generation: PendingWrites, ifVersion: bigint | undefined, scope: Scope): Promise<void> {
    const { target, mayBeInline, onCommit } = this.#options;
    const pieces = generation.runs.map(({ offset, buffer, length, written }) => ({
      fileOffset: offset,
      bytes: buffer.subarray(0, length),
      written,
    }));
    scope.progress();
    try {
      const result = await commitPieces(target, pieces, { ifVersion, mayBeInline: mayBeInline() }, scope);
      onCommit(attributesFrom(result.attributes));
      generation.release();
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      if (error.code !== 'CHANGED' || ifVersion === undefined) {
        this.#failure ??= error;
        this.discard();
      }
      throw error;
    }
  }

  #give(bytes: number): void {
    const { budget } = this.#options;
    this.#window.give(bytes);
    budget.give(bytes);
    if (this.#pending.isEmpty) budget.leave(this);
  }

  /** Once a commit has failed it is not known what the file has: the handle takes nothing more. */
  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #nothing(): PendingWrites {
    const { target, pool } = this.#options;
    return new PendingWrites({
      segmentBytes: target.segmentBytes,
      pool,
      abandon: (written) => target.abandon(written),
    });
  }
}
