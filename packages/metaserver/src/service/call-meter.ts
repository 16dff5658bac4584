import { type CallHandler, type Clock, LatencyHistogram } from '@tessera/env';

/** Calls of every method: how many are under way, and how long they took to be answered, well or not. */
export class CallMeter {
  readonly #clock: Clock;
  /** By method, as in `Metadata.Batch`. */
  readonly latencies = new Map<string, LatencyHistogram>();
  inFlight = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same handlers, measured. */
  around(handlers: ReadonlyMap<string, CallHandler>): Map<string, CallHandler> {
    return new Map([...handlers].map(([path, handler]) => [path, this.#measured(path, handler)]));
  }

  #measured(path: string, handler: CallHandler): CallHandler {
    const latency = new LatencyHistogram();
    this.latencies.set(methodName(path), latency);
    return async (request, peer) => {
      const startMs = this.#clock.monotonicMs();
      this.inFlight++;
      try {
        return await handler(request, peer);
      } finally {
        this.inFlight--;
        latency.observe(this.#clock.monotonicMs() - startMs);
      }
    };
  }
}

/** `Metadata.Batch` of `/tessera.v1.Metadata/Batch`. */
function methodName(path: string): string {
  const [service = '', method = ''] = path.slice(1).split('/');
  return `${service.split('.').at(-1)}.${method}`;
}
