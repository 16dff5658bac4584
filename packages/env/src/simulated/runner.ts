import { isSimulatedCrash } from './crash.js';
import type { SimulatedScheduler } from './scheduler.js';

export interface RunLimits {
  /** Stop when virtual time would pass this. */
  untilMs?: number;
  /** Stop when this holds; asked after each event. */
  until?: () => boolean;
  /** A run with more events than this has gone in circles and fails. */
  eventsMax?: number;
}

export type RunEnd = 'idle' | 'time' | 'condition';

const EVENTS_MAX = 50_000_000;
/** Events that one turn of the real event loop runs: what the loop does besides costs more than most events. */
const EVENTS_PER_LOOP = 64;

/**
 * Drives virtual time on a real event loop. Each event is the callback of a real `setImmediate`: after each of them Node
 * drains every microtask and `nextTick`, however long their chains, before the next one; nothing else of the loop is
 * involved, so the order is the same in every run. Code that waits for real outside events (thread pool, WebAssembly.compile, sockets)
 * does not belong under it.
 *
 * While it runs it owns the process's `unhandledRejection` and `uncaughtException` events (a microtask that throws ends in
 * the latter): what a crash leaves behind is expected, anything else fails the run. The listeners found there (a test
 * runner's) are put back afterwards.
 */
export async function runScheduler(scheduler: SimulatedScheduler, limits: RunLimits): Promise<RunEnd> {
  let failure: { error: unknown } | undefined;
  const onError = (error: unknown) => {
    if (!isSimulatedCrash(error)) failure ??= { error };
  };
  const giveBack = LOOSE_ENDS.map((event) => takeOver(event, onError));
  try {
    const end = await loop(scheduler, limits, () => failure);
    return end;
  } finally {
    for (const undo of giveBack) undo();
  }
}

/** What Node tells of errors that nobody caught. */
const LOOSE_ENDS = ['unhandledRejection', 'uncaughtException'] as const;

/** Makes `listener` the only one of an event. Returns what puts those before it back. */
function takeOver(event: (typeof LOOSE_ENDS)[number], listener: (error: unknown) => void): () => void {
  const foreign = process.listeners(event as 'uncaughtException');
  process.removeAllListeners(event);
  process.on(event, listener);
  return () => {
    process.off(event, listener);
    for (const other of foreign) process.on(event, other);
  };
}

function loop(
  scheduler: SimulatedScheduler,
  limits: RunLimits,
  failed: () => { error: unknown } | undefined,
): Promise<RunEnd> {
  const { untilMs = Number.POSITIVE_INFINITY, until = () => false, eventsMax = EVENTS_MAX } = limits;
  let events = 0;
  let isOver = false;
  /** Runs the next event, or says how it all ended. */
  const step = (): RunEnd | undefined => {
    const failure = failed();
    if (failure) throw failure.error;
    const next = scheduler.nextMs;
    if (until()) return 'condition';
    if (next === undefined) {
      if (untilMs !== Number.POSITIVE_INFINITY) scheduler.advanceTo(untilMs);
      return 'idle';
    }
    if (next > untilMs) {
      scheduler.advanceTo(untilMs);
      return 'time';
    }
    if (events++ >= eventsMax) {
      throw new Error(`the simulation made ${eventsMax} events without coming to an end`);
    }
    scheduler.step();
    return undefined;
  };
  return new Promise((resolve, reject) => {
    const turn = () => {
      if (isOver) return;
      try {
        const end = step();
        if (end === undefined) return;
        isOver = true;
        resolve(end);
      } catch (error) {
        isOver = true;
        reject(error);
      }
    };
    const round = () => {
      if (isOver) return;
      for (let count = 0; count < EVENTS_PER_LOOP; count++) setImmediate(turn);
      setImmediate(round);
    };
    round();
  });
}
