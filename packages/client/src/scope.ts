import type { Clock, Timer } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { DEADLINE_SWEEP_MS } from './limits.js';
import type { OperationOptions } from './node-api.js';

interface Deadline {
  readonly ms: number;
  /** Of the whole operation; else of each stretch without progress. */
  readonly total: boolean;
}

type EndListener = (error: TesseraError) => void;

/** One operation of the application: how long it may take and whether it is still wanted. */
export class Scope {
  readonly what: string;
  /** How long it may go without progress; undefined when the caller said how long it may take in all. */
  readonly #idleMs: number | undefined;
  #expiresAtMs: number;
  readonly #clock: Clock;
  readonly #onClose: (scope: Scope) => void;
  /** Most scopes never have more than one listener at a time. */
  #listener: EndListener | undefined;
  #listeners: Set<EndListener> | undefined;
  #ended: TesseraError | undefined;

  constructor(clock: Clock, what: string, deadline: Deadline, onClose: (scope: Scope) => void) {
    this.what = what;
    this.#clock = clock;
    this.#idleMs = deadline.total ? undefined : deadline.ms;
    this.#expiresAtMs = clock.monotonicMs() + deadline.ms;
    this.#onClose = onClose;
  }

  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  /** Not over before, whatever happens; an application that rests may go on at once. */
  expiresAtMsMin(nowMs: number): number {
    return Math.min(this.#expiresAtMs, nowMs + (this.#idleMs ?? Number.POSITIVE_INFINITY));
  }

  /** Part of the work is done: an operation without a deadline of its own has its whole time again. */
  progress(): void {
    if (this.#idleMs !== undefined) this.#expiresAtMs = this.#clock.monotonicMs() + this.#idleMs;
  }

  /** The application's turn, which may take as long as it likes; `progress` ends it. */
  rest(): void {
    if (this.#idleMs !== undefined) this.#expiresAtMs = Number.POSITIVE_INFINITY;
  }

  /** Why the operation is over before it is done; undefined while it may go on. */
  get ended(): TesseraError | undefined {
    return this.#ended;
  }

  get remainingMs(): number {
    return this.#expiresAtMs - this.#clock.monotonicMs();
  }

  /** @throws TesseraError CANCELLED, DEADLINE_EXCEEDED */
  check(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }

  /** Calls the listener when the operation is given up; at once when it already is. */
  onEnd(listener: EndListener): void {
    if (this.#ended !== undefined) listener(this.#ended);
    else if (this.#listener === undefined) this.#listener = listener;
    else {
      this.#listeners ??= new Set();
      this.#listeners.add(listener);
    }
  }

  offEnd(listener: EndListener): void {
    if (this.#listener === listener) this.#listener = undefined;
    else this.#listeners?.delete(listener);
  }

  end(error: TesseraError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    const first = this.#listener;
    const others = this.#listeners;
    this.#listener = undefined;
    this.#listeners = undefined;
    first?.(error);
    if (others !== undefined) for (const listener of others) listener(error);
  }

  /** The operation is done: nothing ends it any more. */
  close(): void {
    this.#onClose(this);
  }

  /** The promise's outcome, or the scope's end if that comes first. */
  race<T>(promise: Promise<T>): Promise<T> {
    if (this.#ended !== undefined) {
      promise.catch(() => {});
      return Promise.reject(this.#ended);
    }
    return new Promise((resolve, reject) => {
      this.onEnd(reject);
      promise.then(
        (value) => {
          this.offEnd(reject);
          resolve(value);
        },
        (error) => {
          this.offEnd(reject);
          reject(error);
        },
      );
    });
  }
}

/** Resolves after the delay, or as soon as the scope ends. */
export function pause(clock: Clock, delayMs: number, scope: Scope): Promise<void> {
  return new Promise((resolve) => {
    const onEnd = () => {
      timer.cancel();
      resolve();
    };
    const timer = clock.schedule(delayMs, () => {
      scope.offEnd(onEnd);
      resolve();
    });
    scope.onEnd(onEnd);
  });
}

interface WatchedSignal {
  readonly scopes: Set<Scope>;
  readonly onAbort: () => void;
}

/** All operations under way; one timer serves their deadlines. */
export class Scopes {
  readonly #clock: Clock;
  readonly #deadlineMsDefault: number;
  readonly #open = new Set<Scope>();
  readonly #signals = new Map<AbortSignal, WatchedSignal>();
  readonly #forget = (scope: Scope) => {
    this.#open.delete(scope);
  };
  #sweep: Timer | undefined;
  #sweepAtMs = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, deadlineMsDefault: number) {
    this.#clock = clock;
    this.#deadlineMsDefault = deadlineMsDefault;
  }

  /** `what` names the operation in messages. The caller closes the scope. */
  open(what: string, options?: OperationOptions): Scope {
    const deadlineMs = options?.deadlineMs ?? this.#deadlineMsDefault;
    if (!(deadlineMs > 0)) {
      throw new TesseraError('INVALID_ARGUMENT', `${what}: deadlineMs is ${deadlineMs}; it must be above 0`);
    }
    const deadline = { ms: deadlineMs, total: options?.deadlineMs !== undefined };
    const signal = options?.signal;
    const scope =
      signal === undefined
        ? new Scope(this.#clock, what, deadline, this.#forget)
        : this.#openWatched(what, deadline, signal);
    if (this.#closed) {
      scope.end(closedError(what));
      return scope;
    }
    this.#open.add(scope);
    if (scope.expiresAtMs < this.#sweepAtMs) this.#arm(scope.expiresAtMs);
    return scope;
  }

  /** Runs `work` in a scope of its own. @throws TesseraError that names the operation, whatever went wrong */
  async run<T>(what: string, options: OperationOptions | undefined, work: (scope: Scope) => Promise<T>): Promise<T> {
    const scope = this.open(what, options);
    try {
      scope.check();
      return await work(scope);
    } catch (error) {
      throw named(what, TesseraError.from(error));
    } finally {
      scope.close();
    }
  }

  /** Ends everything under way and everything to come with CANCELLED. */
  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const scope of [...this.#open]) scope.end(closedError(scope.what));
  }

  /** One listener serves all operations under one signal: an application may well have thousands. */
  #openWatched(what: string, deadline: Deadline, signal: AbortSignal): Scope {
    let watched = this.#signals.get(signal);
    if (watched === undefined) {
      const scopes = new Set<Scope>();
      const onAbort = () => {
        for (const scope of [...scopes]) scope.end(cancelled(scope));
      };
      watched = { scopes, onAbort };
      this.#signals.set(signal, watched);
      signal.addEventListener('abort', onAbort, { once: true });
    }
    const { scopes, onAbort } = watched;
    const scope = new Scope(this.#clock, what, deadline, (closed) => {
      this.#forget(closed);
      scopes.delete(closed);
      if (scopes.size > 0) return;
      signal.removeEventListener('abort', onAbort);
      this.#signals.delete(signal);
    });
    scopes.add(scope);
    if (signal.aborted) scope.end(cancelled(scope));
    return scope;
  }

  /** Looks at all deadlines then; nobody is woken before any can have passed. */
  #arm(atMs: number): void {
    this.#sweep?.cancel();
    this.#sweepAtMs = atMs;
    const delayMs = Math.max(DEADLINE_SWEEP_MS, Math.ceil(atMs - this.#clock.monotonicMs()));
    this.#sweep = this.#clock.schedule(delayMs, () => {
      this.#sweep = undefined;
      this.#sweepAtMs = Number.POSITIVE_INFINITY;
      const nowMs = this.#clock.monotonicMs();
      let nextMs = Number.POSITIVE_INFINITY;
      for (const scope of this.#open) {
        if (scope.expiresAtMs <= nowMs) scope.end(expired(scope));
        else nextMs = Math.min(nextMs, scope.expiresAtMsMin(nowMs));
      }
      if (nextMs < this.#sweepAtMs && !this.#closed) this.#arm(nextMs);
    });
  }
}

/** The error with what was being done in front of its message. */
export function named(what: string, error: TesseraError): TesseraError {
  if (error.message.startsWith(what)) return error;
  return new TesseraError(error.code, `${what}: ${error.message}`, { cause: error.cause ?? error });
}

function cancelled(scope: Scope): TesseraError {
  return new TesseraError('CANCELLED', `${scope.what}: cancelled by the caller`);
}

function closedError(what: string): TesseraError {
  return new TesseraError('CANCELLED', `${what}: the client was closed`);
}

function expired(scope: Scope): TesseraError {
  return new TesseraError('DEADLINE_EXCEEDED', `${scope.what}: the deadline has passed`);
}
