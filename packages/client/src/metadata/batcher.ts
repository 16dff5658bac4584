import type { Timer } from '@tessera/env';
import { callMethod, fromWireError, metadataService, TesseraError, toSafeNumber, type v1 } from '@tessera/protocol';
import type { ClientEnv } from '../api.js';
import { Backoff } from '../backoff.js';
import type { Counters } from '../counters.js';
import {
  BATCH_SPLIT_OPERATIONS_MIN,
  BATCHES_IN_FLIGHT_MAX,
  CALL_ATTEMPT_MS_MAX,
  CALL_BACKOFF_MS_MAX,
  CALL_BACKOFF_MS_MIN,
  GATHER_MS_MAX,
  OPERATIONS_QUEUED_MAX,
} from '../limits.js';
import type { Scope } from '../scope.js';
import { batchSize } from './batch-size.js';
import { isRetryableCall } from './call-failure.js';
import { isRead, type OperationKind, type OperationReplies, type OperationRequests } from './operation.js';
import type { Session } from './session.js';
import { unanswered } from './unary-call.js';

/** An operation that has no size worth mentioning counts as this much on the wire. */
const OPERATION_BYTES_SMALL = 256;

interface PendingOperation {
  readonly kind: OperationKind;
  readonly operation: v1.Operation.$Properties;
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** Calls it was part of in this session whose outcome is unknown. */
  sends: number;
  /** Where its sequence was taken. */
  session: Session;
  settled: boolean;
  resolve(reply: unknown): void;
  reject(error: TesseraError): void;
}

export interface BatcherOptions {
  env: ClientEnv;
  address: string;
  session: Session;
  counters: Counters;
  /** Opens a new session after the metaserver ended this one. */
  reopen(): Promise<Session>;
  /** Told the cluster map's version with every reply. */
  onMapVersion(version: number): void;
}

/** What most parts need of it. */
export type OperationSink = Pick<Batcher, 'submit'>;

/**
 * Turns operations issued at the same time into few calls. An operation goes at once when a call is free; meanwhile
 * others gather. A call that fails on the way is repeated with the same sequences until the operations' scopes end, so
 * a metaserver that restarts is not noticed.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #backoff: Backoff;
  #session: Session;
  #queue: PendingOperation[] = [];
  #callsInFlight = 0;
  #operationsInFlight = 0;
  #wakeQueued = false;
  #pause: Timer | undefined;
  #gathering: Timer | undefined;
  #lastSentMs = 0;
  #reopening = false;
  #lastFailure: TesseraError | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#backoff = new Backoff(options.env.random, CALL_BACKOFF_MS_MIN, CALL_BACKOFF_MS_MAX);
  }

  get session(): Session {
    return this.#session;
  }

  /**
   * Has one operation executed; the bytes are estimates of its size each way.
   * @throws TesseraError: the operation's own; DEADLINE_EXCEEDED or CANCELLED when the scope ends first (a mutation
   * may then have happened); OUTCOME_UNKNOWN when the session ended with a mutation's answer outstanding; OVERLOADED.
   */
  submit<Kind extends OperationKind>(
    kind: Kind,
    request: OperationRequests[Kind],
    scope: Scope,
    requestBytes = OPERATION_BYTES_SMALL,
    replyBytes = OPERATION_BYTES_SMALL,
  ): Promise<OperationReplies[Kind]> {
    return new Promise((resolve, reject) => {
      scope.check();
      if (this.#queue.length >= OPERATIONS_QUEUED_MAX) {
        throw new TesseraError(
          'OVERLOADED',
          `${scope.what}: ${OPERATIONS_QUEUED_MAX} operations are waiting already; keep fewer in flight`,
        );
      }
      const onEnd = (ended: TesseraError) => this.#abandon(pending, ended);
      const pending: PendingOperation = {
        kind,
        operation: { [kind]: request, sequence: 0 },
        requestBytes,
        replyBytes,
        sends: 0,
        session: this.#session,
        settled: false,
        resolve: (reply) => {
          scope.offEnd(onEnd);
          resolve(reply as OperationReplies[Kind]);
        },
        reject: (error) => {
          scope.offEnd(onEnd);
          reject(error);
        },
      };
      scope.onEnd(onEnd);
      this.#queue.push(pending);
      this.#wake();
    });
  }

  /** Stops waiting for better times; the scopes of all operations have ended. */
  close(): void {
    this.#pause?.cancel();
    this.#gathering?.cancel();
  }

  /** Sends after everything that this turn of the event loop issues has been queued. */
  #wake(): void {
    if (this.#wakeQueued) return;
    this.#wakeQueued = true;
    queueMicrotask(() => {
      this.#wakeQueued = false;
      this.#sendReady();
    });
  }

  #sendReady(): void {
    if (this.#pause !== undefined || this.#reopening) return;
    while (this.#queue.length > 0 && this.#callsInFlight < BATCHES_IN_FLIGHT_MAX) {
      if (!this.#isWorthACall()) {
        this.#gathering ??= this.#options.env.clock.schedule(GATHER_MS_MAX, () => {
          this.#gathering = undefined;
          this.#wake();
        });
        return;
      }
      const batch = this.#queue.splice(0, batchSize(this.#queue, this.#operationsInFlight));
      const wanted = batch.filter((pending) => !pending.settled && this.#mayGo(pending));
      if (wanted.length > 0) void this.#send(wanted);
    }
  }

  /**
   * A few reads gather while a call is out: its answer, soon here, brings more. Mutations do not wait: the metaserver
   * syncs those that come together with one write.
   */
  #isWorthACall(): boolean {
    if (this.#callsInFlight === 0 || this.#queue.length >= BATCH_SPLIT_OPERATIONS_MIN) return true;
    if (this.#options.env.clock.monotonicMs() - this.#lastSentMs >= GATHER_MS_MAX) return true;
    return this.#queue.some(({ kind }) => !isRead(kind));
  }

  /**
   * A sequence says nothing in another session than its own: what waited for its repetition while the session ended goes
   * on under a new one, unless a call with it had no answer.
   */
  #mayGo(pending: PendingOperation): boolean {
    if (pending.operation.sequence === 0 || pending.session === this.#session) return true;
    if (pending.sends > 0) {
      this.#settle(pending, outcomeUnknown(pending.kind), undefined);
      return false;
    }
    pending.operation.sequence = 0;
    return true;
  }

  async #send(batch: PendingOperation[]): Promise<void> {
    const { env, address, counters } = this.#options;
    const session = this.#session;
    for (const pending of batch) {
      pending.sends++;
      if (pending.operation.sequence === 0 && !isRead(pending.kind)) {
        pending.operation.sequence = session.sequences.take();
        pending.session = session;
      }
    }
    this.#callsInFlight++;
    this.#lastSentMs = env.clock.monotonicMs();
    this.#operationsInFlight += batch.length;
    counters.metadataCalls++;
    counters.metadataOperations += batch.length;
    const request = {
      context: session.context,
      acknowledgedBelow: session.sequences.acknowledgedBelow,
      operations: batch.map((pending) => pending.operation),
    };
    let reply: v1.BatchReply.$Properties | undefined;
    let failure: TesseraError | undefined;
    try {
      reply = await callMethod(env.network, address, metadataService.batch, request, {
        deadlineMs: CALL_ATTEMPT_MS_MAX,
      });
    } catch (error) {
      failure = TesseraError.from(error);
    }
    this.#callsInFlight--;
    this.#operationsInFlight -= batch.length;
    if (reply !== undefined) this.#takeReply(batch, session, reply);
    else this.#takeFailure(batch, session, failure as TesseraError);
    this.#wake();
  }

  #takeReply(batch: PendingOperation[], session: Session, reply: v1.BatchReply.$Properties): void {
    const results = reply.results ?? [];
    if (results.length !== batch.length) {
      const message = `metaserver ${this.#options.address} answered ${results.length} of ${batch.length} operations`;
      this.#takeFailure(batch, session, new TesseraError('INTERNAL', message));
      return;
    }
    this.#backoff.reset();
    this.#lastFailure = undefined;
    const expired: PendingOperation[] = [];
    const busy: PendingOperation[] = [];
    const away: PendingOperation[] = [];
    let refusal: TesseraError | undefined;
    for (let index = 0; index < batch.length; index++) {
      const pending = batch[index] as PendingOperation;
      const result = results[index] as v1.OperationResult.$Properties;
      const value = result[pending.kind];
      if (value) this.#settle(pending, undefined, value);
      else if (result.error?.code === 'SESSION_EXPIRED') expired.push(pending);
      else if (result.error?.code === 'OVERLOADED') busy.push(pending);
      else if (result.error?.code === 'UNAVAILABLE') {
        // It stops, or has failed: what it had begun may still have taken effect.
        away.push(pending);
        refusal = fromWireError(result.error);
      } else this.#settle(pending, this.#refusal(pending, result), undefined);
    }
    if (expired.length > 0) this.#sessionExpired(expired, session);
    for (const pending of busy) pending.sends--;
    if (refusal) this.#repeat(away, refusal);
    if (busy.length > 0) this.#repeat(busy, new TesseraError('OVERLOADED', 'the metaserver has too much to do'));
    this.#options.onMapVersion(toSafeNumber(reply.mapVersion));
  }

  #takeFailure(batch: PendingOperation[], session: Session, error: TesseraError): void {
    if (error.code === 'SESSION_EXPIRED') {
      this.#sessionExpired(batch, session);
    } else if (isRetryableCall(error)) {
      this.#repeat(batch, error);
    } else {
      for (const pending of batch) this.#settle(pending, error, undefined);
    }
  }

  #refusal(pending: PendingOperation, result: v1.OperationResult.$Properties): TesseraError {
    if (result.error) return fromWireError(result.error);
    const message = `metaserver ${this.#options.address} answered ${pending.kind} with ${result.outcome}`;
    return new TesseraError('INTERNAL', message);
  }

  /** The same operations again, after a pause. */
  #repeat(batch: readonly PendingOperation[], failure: TesseraError): void {
    this.#options.counters.retries++;
    this.#lastFailure = failure;
    this.#queue.unshift(...batch);
    this.#pause ??= this.#options.env.clock.schedule(this.#backoff.next(), () => {
      this.#pause = undefined;
      this.#wake();
    });
  }

  /**
   * What the metaserver refused for the ended session was not executed by that call. It is sent again in a new session,
   * unless an earlier call with it had no answer.
   */
  #sessionExpired(batch: PendingOperation[], session: Session): void {
    const again: PendingOperation[] = [];
    for (const pending of batch) {
      if (pending.operation.sequence !== 0 && pending.sends > 1) {
        this.#settle(pending, outcomeUnknown(pending.kind), undefined);
      } else {
        pending.operation.sequence = 0;
        pending.sends = 0;
        again.push(pending);
      }
    }
    this.#queue.unshift(...again);
    if (session === this.#session && !this.#reopening) void this.#reopen();
  }

  async #reopen(): Promise<void> {
    this.#reopening = true;
    try {
      this.#session = await this.#options.reopen();
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      for (const pending of this.#queue.splice(0)) this.#settle(pending, error, undefined);
    }
    this.#reopening = false;
    this.#wake();
  }

  #settle(pending: PendingOperation, error: TesseraError | undefined, value: unknown): void {
    if (pending.settled) return;
    pending.settled = true;
    const sequence = pending.operation.sequence as number;
    if (sequence !== 0) pending.session.sequences.finish(sequence);
    if (error !== undefined) pending.reject(error);
    else pending.resolve(value);
  }

  /** The scope ended first. A sequence given up counts as finished: a late repetition is then refused. */
  #abandon(pending: PendingOperation, ended: TesseraError): void {
    const error = unanswered(ended, this.#options.address, this.#lastFailure);
    const open = pending.sends > 0 && pending.operation.sequence !== 0;
    const told = open
      ? new TesseraError(error.code, `${error.message}; whether it took effect is unknown`, { cause: error })
      : error;
    this.#settle(pending, told, undefined);
  }
}

function outcomeUnknown(kind: OperationKind): TesseraError {
  return new TesseraError(
    'OUTCOME_UNKNOWN',
    `the session ended before ${kind} was answered; look whether it took effect`,
  );
}
