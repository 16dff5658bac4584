import { type Clock, sleep } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { BACKGROUND_REST_FACTOR } from './limits.js';

/**
 * Passes pages on, resting after each in proportion to what it took, so that background scans leave most of the event
 * loop to others. @throws the signal's reason once it aborts
 */
export async function* paced<T>(clock: Clock, pages: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  let beganMs = clock.monotonicMs();
  for await (const page of pages) {
    yield page;
    await sleep(clock, (clock.monotonicMs() - beganMs) * BACKGROUND_REST_FACTOR, signal);
    beganMs = clock.monotonicMs();
  }
}

/** Passes pages on as they come. @throws TesseraError DEADLINE_EXCEEDED when they take longer than `ms` in all */
export async function* within<T>(clock: Clock, pages: AsyncIterable<T>, ms: number): AsyncGenerator<T> {
  const endsAtMs = clock.monotonicMs() + ms;
  for await (const page of pages) {
    yield page;
    if (clock.monotonicMs() > endsAtMs) throw new TesseraError('DEADLINE_EXCEEDED', `it takes longer than ${ms} ms`);
  }
}
