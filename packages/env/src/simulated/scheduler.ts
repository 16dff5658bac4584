import { isSimulatedCrash } from './crash.js';
import { EventQueue, SimulatedEvent } from './event-queue.js';
import type { TraceHash } from './trace.js';

/** Virtual time: it stands still while code runs and jumps to the next event when all is quiet. */
export class SimulatedScheduler {
  readonly #queue = new EventQueue();
  readonly #trace: TraceHash;
  #nowMs = 0;
  #sequence = 0;

  constructor(trace: TraceHash) {
    this.#trace = trace;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Time of the next event, or undefined when nothing is left to happen. */
  get nextMs(): number | undefined {
    return this.#queue.peek()?.timeMs;
  }

  schedule(delayMs: number, callback: () => void): SimulatedEvent {
    const event = new SimulatedEvent(this.#nowMs + Math.max(0, delayMs), this.#sequence++, callback);
    this.#queue.push(event);
    return event;
  }

  /** Lets time pass without an event. */
  advanceTo(timeMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  /** Runs the next event; false when there is none. The microtasks it leaves behind are the runner's to drain. */
  step(): boolean {
    const event = this.#queue.pop();
    if (!event?.callback) return false;
    this.#nowMs = event.timeMs;
    this.#trace.record(event.timeMs, event.sequence);
    try {
      event.callback();
    } catch (error) {
      if (!isSimulatedCrash(error)) throw error;
    }
    return true;
  }
}
