import { type ErrorCode, TesseraError, toWireError } from '@tessera/protocol';
import { resultKey } from '../../records/keys.js';
import { decodeSession } from '../../records/session.js';
import { decodeStoredResult, encodeStoredResult, type OperationResult } from '../../records/stored-result.js';
import type { MetadataStore, Transaction } from '../../store/transaction.js';
import type { SessionState } from './session-state.js';
import { sessionExpired } from './sessions.js';

/** The outcome that a mutation of this kind sets when it succeeds. */
export type MutationKind = Exclude<keyof OperationResult, 'error' | 'outcome' | '$unknowns'>;

/** Failures that say that the mutation, at its moment, could not be done: a retry must not do it later. */
const FINAL_FAILURES: ReadonlySet<ErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'INVALID_PATH',
  'INVALID_LAYOUT',
  'TOO_LARGE',
  'NOT_FOUND',
  'EXISTS',
  'NOT_A_DIRECTORY',
  'IS_A_DIRECTORY',
  'NOT_EMPTY',
  'LINK_LOOP',
  'CHANGED',
  'LEASE_CLOSED',
  'RECEIPT_REFUSED',
  'COMMIT_REFUSED',
  'LAYOUT_UNSATISFIABLE',
]);

export interface MutationRequest {
  readonly kind: MutationKind;
  readonly sequence: number;
  /** Checks the request and gives what to run. @throws TesseraError */
  prepare(): MutationBody;
}

type MutationBody = (tx: Transaction) => OperationResult[MutationKind];

/**
 * Runs a mutation once under its sequence: its answer is stored in its own transaction, and every request with the same
 * sequence gets that answer. A failure stores nothing. Resolves with a result, also for failures of the transaction.
 * @throws TesseraError INVALID_ARGUMENT, SEQUENCE_REFUSED, and what `prepare` throws
 */
export function runMutation(
  store: MetadataStore,
  state: SessionState,
  { kind, sequence, prepare }: MutationRequest,
): Promise<OperationResult> {
  state.checkSequence(sequence);
  const known = state.known(sequence);
  if (known !== undefined) {
    if (known.kind !== kind) throw otherOperation(sequence, known.kind);
    return known.answer;
  }
  const body = prepare();
  const answer = execute(store, state, { kind, sequence, body, isFresh: state.use(sequence) });
  state.run(sequence, { kind, answer });
  return answer;
}

async function execute(
  store: MetadataStore,
  state: SessionState,
  mutation: { kind: MutationKind; sequence: number; body: MutationBody; isFresh: boolean },
): Promise<OperationResult> {
  const { kind, sequence, body, isFresh } = mutation;
  const key = resultKey(state.id, BigInt(sequence));
  try {
    const result = await store.transact((tx): OperationResult => {
      const stored = isFresh ? undefined : tx.get(key);
      if (stored !== undefined) return sameKind(decodeStoredResult(stored), kind, sequence);
      const fresh: OperationResult = { [kind]: body(tx) };
      // Last, as runs that were abandoned for keys need not ask.
      checkOpen(tx, state, sequence);
      tx.insert(key, encodeStoredResult(tx, fresh));
      return fresh;
    });
    state.succeeded(sequence);
    return result;
  } catch (thrown) {
    const error = TesseraError.from(thrown);
    state.failed(sequence, FINAL_FAILURES.has(error.code));
    return { error: toWireError(error) };
  }
}

/** Asked inside the transaction, so that nothing is done for a session once it is being taken apart. */
function checkOpen(tx: Transaction, state: SessionState, sequence: number): void {
  const session = tx.getRecord(state.key, decodeSession);
  if (session === undefined || session.ending) throw sessionExpired(state.id);
  if (sequence < session.floor) {
    throw new TesseraError('SEQUENCE_REFUSED', `sequence ${sequence} is below the session's floor ${session.floor}`);
  }
}

function sameKind(result: OperationResult, kind: MutationKind, sequence: number): OperationResult {
  if (result[kind] === undefined || result[kind] === null) throw otherOperation(sequence, 'another operation');
  return result;
}

function otherOperation(sequence: number, kind: string): TesseraError {
  return new TesseraError(
    'SEQUENCE_REFUSED',
    `sequence ${sequence} was used for ${kind} before: every mutation of a session needs a sequence of its own`,
  );
}
