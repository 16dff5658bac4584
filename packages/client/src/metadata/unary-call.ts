import type { CallOptions } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import type { ClientEnv } from '../api.js';
import { Backoff } from '../backoff.js';
import { CALL_ATTEMPT_MS_MAX, CALL_BACKOFF_MS_MAX, CALL_BACKOFF_MS_MIN } from '../limits.js';
import { pause, type Scope } from '../scope.js';
import { isRetryableCall } from './call-failure.js';

/**
 * Makes a call that may safely be made twice, again and again until it is answered or the scope ends.
 * @throws TesseraError: the answer's own, else the scope's end with what went wrong last.
 */
export async function callUntilAnswered<Reply>(
  env: ClientEnv,
  address: string,
  call: (options: CallOptions) => Promise<Reply>,
  scope: Scope,
): Promise<Reply> {
  const backoff = new Backoff(env.random, CALL_BACKOFF_MS_MIN, CALL_BACKOFF_MS_MAX);
  let failure: TesseraError | undefined;
  for (;;) {
    try {
      const deadlineMs = Math.max(1, Math.min(CALL_ATTEMPT_MS_MAX, scope.remainingMs));
      return await scope.race(call({ deadlineMs }));
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      if (scope.ended !== undefined) throw unanswered(scope.ended, address, failure);
      if (!isRetryableCall(error)) throw error;
      failure = error;
    }
    await pause(env.clock, backoff.next(), scope);
    if (scope.ended !== undefined) throw unanswered(scope.ended, address, failure);
  }
}

/** The end of an operation that waited for the metaserver, with what went wrong last. */
export function unanswered(ended: TesseraError, address: string, failure: TesseraError | undefined): TesseraError {
  if (failure === undefined) return ended;
  const message = `${ended.message}; metaserver ${address} did not answer, last: ${failure.message}`;
  return new TesseraError(ended.code, message, { cause: failure });
}
