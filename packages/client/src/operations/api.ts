import type { TesseraError } from '@tessera/protocol';
import type { ServerFailure } from '../cluster/server-failures.js';

/** What the work of an operation is given. */
export interface OperationContext {
  /** To be passed on as the `signal` of calls: aborted when the operation is cancelled. */
  readonly signal: AbortSignal;
  /** Says how far it is, in units of its own choice. */
  progress(done: number, total?: number): void;
}

/** How far an operation is. */
export interface OperationProgress {
  /** In the unit that the work chose; 0 until it says something. */
  readonly done: number;
  /** Undefined: not known. */
  readonly total: number | undefined;
}

/** How an operation ended. */
export type OperationOutcome<T = unknown> =
  | { readonly operation: Operation<T>; readonly ok: true; readonly value: T }
  | {
      readonly operation: Operation<T>;
      readonly ok: false;
      /** CANCELLED when it was cancelled before it was done. */
      readonly error: TesseraError;
      /** Chunkservers that failed, and how; none when it was not for them. */
      readonly servers: readonly ServerFailure[];
    };

/** Something under way in a set. */
export interface Operation<T = unknown> {
  /** For people. */
  readonly name: string;
  /** As its work last said. */
  readonly progress: OperationProgress;
  /** Undefined while it is under way. */
  readonly outcome: OperationOutcome<T> | undefined;
  /** Aborts its signal. It ends when its work does: then it is known what became of it. */
  cancel(): void;
}

/** How long a set is waited for. */
export interface WaitOptions {
  /** How long to wait; 0 only looks. Default: as long as it takes. */
  readonly timeoutMs?: number;
}

/**
 * Operations under way together. Each outcome is handed out once, by `any`, `some` or `all`, in the order in which the
 * operations ended. A failed one does not stop the others.
 */
export interface OperationSet {
  /** Operations whose outcome was not handed out yet. */
  readonly size: number;
  /** Sums over all operations that were ever started in the set; `total` is undefined while one has none. */
  readonly progress: OperationProgress;
  /** @throws TesseraError OVERLOADED when the set holds OPERATIONS_PER_SET_MAX outcomes or operations under way */
  start<T>(name: string, work: (context: OperationContext) => Promise<T>): Operation<T>;
  /** The next outcome; undefined when none came in time, or there is nothing to wait for. */
  any(options?: WaitOptions): Promise<OperationOutcome | undefined>;
  /** All outcomes that are there, waiting for the first; none when none came in time, or there is nothing to wait for. */
  some(options?: WaitOptions): Promise<OperationOutcome[]>;
  /** All outcomes, once everything has ended. @throws TesseraError DEADLINE_EXCEEDED; then nothing was handed out */
  all(options?: WaitOptions): Promise<OperationOutcome[]>;
  /** Cancels everything under way. */
  cancel(): void;
}
