import type { Timer } from '../clock.js';

/** Something to happen at a virtual time. */
export class SimulatedEvent implements Timer {
  readonly timeMs: number;
  readonly sequence: number;
  /** Undefined once cancelled. */
  callback: (() => void) | undefined;

  constructor(timeMs: number, sequence: number, callback: () => void) {
    this.timeMs = timeMs;
    this.sequence = sequence;
    this.callback = callback;
  }

  cancel(): void {
    this.callback = undefined;
  }
}

/** Cancelled events are swept when the heap has doubled since the last sweep, and never below this many. */
const SWEEP_EVENTS_MIN = 1_024;

/** A binary heap in (time, sequence) order. */
export class EventQueue {
  #heap: SimulatedEvent[] = [];
  #sweepAt = SWEEP_EVENTS_MIN;

  push(event: SimulatedEvent): void {
    if (this.#heap.length >= this.#sweepAt) this.#sweep();
    this.#heap.push(event);
    this.#up(this.#heap.length - 1);
  }

  /** The next event, left in place; cancelled ones are gone. */
  peek(): SimulatedEvent | undefined {
    while (this.#heap.length > 0 && this.#heap[0]?.callback === undefined) this.#removeFirst();
    return this.#heap[0];
  }

  pop(): SimulatedEvent | undefined {
    const event = this.peek();
    if (event) this.#removeFirst();
    return event;
  }

  #removeFirst(): void {
    const last = this.#heap.pop() as SimulatedEvent;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((event) => event.callback !== undefined);
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index--) this.#down(index);
    this.#sweepAt = Math.max(SWEEP_EVENTS_MIN, 2 * this.#heap.length);
  }

  #up(from: number): void {
    const heap = this.#heap;
    const event = heap[from] as SimulatedEvent;
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!precedes(event, heap[above] as SimulatedEvent)) break;
      heap[index] = heap[above] as SimulatedEvent;
      index = above;
    }
    heap[index] = event;
  }

  #down(from: number): void {
    const heap = this.#heap;
    const event = heap[from] as SimulatedEvent;
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= heap.length) break;
      const right = below + 1;
      if (right < heap.length && precedes(heap[right] as SimulatedEvent, heap[below] as SimulatedEvent)) below = right;
      if (!precedes(heap[below] as SimulatedEvent, event)) break;
      heap[index] = heap[below] as SimulatedEvent;
      index = below;
    }
    heap[index] = event;
  }
}

function precedes(one: SimulatedEvent, other: SimulatedEvent): boolean {
  return one.timeMs < other.timeMs || (one.timeMs === other.timeMs && one.sequence < other.sequence);
}
