/** A pending callback; cancelling one that has run or was cancelled does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as the core sees it. The simulator supplies a virtual one. */
export interface Clock {
  /** Wall-clock time in nanoseconds since the Unix epoch. It may jump either way: never measure with it. */
  wallNs(): bigint;
  /** Monotonic time in milliseconds (fractional) from an arbitrary origin. */
  monotonicMs(): number;
  /**
   * Calls `callback` once, no earlier than `delayMs` from now. A pending timer keeps a process alive, so
   * that an awaited retry cannot end a program silently: whoever arms one cancels it on close.
   */
  schedule(delayMs: number, callback: () => void): Timer;
}

/**
 * Resolves after `delayMs` of the clock's monotonic time.
 * @throws the signal's reason as soon as `signal` aborts.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
