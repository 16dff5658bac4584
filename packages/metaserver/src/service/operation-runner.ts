import { TesseraError, toSafeNumber, toWireError, type v1 } from '@tessera/protocol';
import { runMutation } from '../ops/session/run-mutation.js';
import type { SessionState } from '../ops/session/session-state.js';
import type { OperationResult } from '../records/stored-result.js';
import type { ReadTransaction, Transaction } from '../store/transaction.js';
import { LONG_READS, type LongRead, type LongReadKind } from './long-reads.js';
import type { MetadataContext } from './metadata-context.js';
import { isMutation, isRead, MUTATIONS, type MutationKind, READS, type ReadKind } from './operations.js';
import { ReplyBudget } from './reply-budget.js';

/** Long reads of one request that run at the same time. */
const LONG_READS_RUNNING_MAX = 32;

/** Runs the operations of one request, each in a transaction of its own; what fails is answered, never thrown. */
export class OperationRunner {
  readonly #context: MetadataContext;
  /** The session of mutations, or why there is none; unset when the request names none. */
  readonly #session: SessionState | TesseraError | undefined;
  readonly #budget = new ReplyBudget();
  #longReads = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(context: MetadataContext, session: SessionState | TesseraError | undefined) {
    this.#context = context;
    this.#session = session;
  }

  async run(operation: v1.Operation.$Properties): Promise<OperationResult> {
    const { clock, operations, latencies } = this.#context;
    const kind = operation.request ?? 'unknown';
    const startMs = clock.monotonicMs();
    const result = await this.#answer(operation);
    operations.count(kind, result.error?.code ?? undefined);
    latencies.observe(kind, clock.monotonicMs() - startMs);
    return result;
  }

  async #answer(operation: v1.Operation.$Properties): Promise<OperationResult> {
    try {
      const kind = operation.request;
      if (kind === undefined) {
        throw new TesseraError(
          'INVALID_ARGUMENT',
          'the operation has no request, or one this metaserver does not know',
        );
      }
      if (isMutation(kind)) return await this.#mutate(kind, operation);
      if (isRead(kind)) return await this.#read(kind, operation);
      return await this.#readLong(kind, operation);
    } catch (thrown) {
      return { error: toWireError(TesseraError.from(thrown)) };
    }
  }

  #mutate(kind: MutationKind, operation: v1.Operation.$Properties): Promise<OperationResult> {
    const session = this.#session;
    if (session === undefined) {
      throw new TesseraError('INVALID_ARGUMENT', 'a mutation needs a session: open one and name it in the context');
    }
    if (session instanceof TesseraError) throw session;
    const { store, cluster } = this.#context;
    const prepare = MUTATIONS[kind] as (request: unknown, context: object) => (tx: Transaction) => object;
    return runMutation(store, session, {
      kind,
      sequence: toSafeNumber(operation.sequence),
      prepare: () => prepare(operation[kind], { cluster, session: session.id }),
    });
  }

  async #read(kind: ReadKind, operation: v1.Operation.$Properties): Promise<OperationResult> {
    const prepare = READS[kind] as (request: unknown) => (tx: ReadTransaction) => object;
    return { [kind]: await this.#context.store.read(prepare(operation[kind])) };
  }

  async #readLong(kind: LongReadKind, operation: v1.Operation.$Properties): Promise<OperationResult> {
    await this.#takeTurn();
    try {
      if (this.#budget.isSpent) throw replyFull();
      const read = LONG_READS[kind] as LongRead;
      const result = await read.run(this.#context.store, operation[kind] ?? {});
      if (!this.#budget.take(read.bytes(result))) throw replyFull();
      return { [kind]: result };
    } finally {
      this.#longReads--;
      this.#waiting.shift()?.();
    }
  }

  async #takeTurn(): Promise<void> {
    while (this.#longReads >= LONG_READS_RUNNING_MAX) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#longReads++;
  }
}

function replyFull(): TesseraError {
  return new TesseraError('OVERLOADED', 'the reply to this batch is full: send the operation again in a smaller batch');
}
