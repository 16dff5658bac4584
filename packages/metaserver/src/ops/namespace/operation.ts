import type { Id } from '@tessera/protocol';
import type { ClusterView } from '../../cluster/cluster-view.js';
import type { ReadTransaction, Transaction } from '../../store/transaction.js';

/** What a mutation knows besides its request and the store. */
export interface MutationContext {
  readonly cluster: ClusterView;
  readonly session: Id;
}

/**
 * An operation is taken apart and checked once, when it arrives, and gives the function to run in the transaction,
 * which may run more than once. @throws TesseraError for a request that is wrong by itself
 */
export type PrepareMutation<Request, Result> = (
  request: Request,
  context: MutationContext,
) => (tx: Transaction) => Result;
export type PrepareRead<Request, Result> = (request: Request) => (tx: ReadTransaction) => Result;
