import type { Clock, Page } from '@tessera/env';
import type { Metric as PromMetric, Registry } from 'prom-client';
import type { Metric } from './metric.js';
import { valuesOf } from './samples.js';

/** A page is shown again for so long: whoever asks all the time costs no more than four scrapes a second. */
export const PAGE_MS_MAX = 250;

/**
 * How often the event loop's lag is looked at. Each look wakes the process: at prom-client's own 10 ms, idle daemons of one
 * machine kept each other from the CPU. The lag's percentiles include this time.
 */
const LAG_LOOK_MS = 200;

/** Renders metrics in Prometheus' text format, with those of the process itself (`process_…`, `nodejs_…`). */
export class Exposition<Source> {
  readonly #registry: Registry;
  readonly #clock: Clock;
  readonly #source: () => Promise<Source | undefined>;
  #read: Source | undefined;
  #page: Promise<Page> | undefined;
  #pageMs = 0;

  private constructor(clock: Clock, registry: Registry, source: () => Promise<Source | undefined>) {
    this.#clock = clock;
    this.#registry = registry;
    this.#source = source;
  }

  /** @param source what metrics are read from at a scrape; undefined while there is nothing to read */
  static async open<Source>(
    clock: Clock,
    metrics: readonly Metric<Source>[],
    source: () => Promise<Source | undefined>,
  ): Promise<Exposition<Source>> {
    // A tenth of a daemon's start, which those without a metrics page need not pay.
    const { collectDefaultMetrics, Registry } = await import('prom-client');
    const exposition = new Exposition(clock, new Registry(), source);
    for (const metric of metrics) exposition.#register(metric);
    collectDefaultMetrics({ register: exposition.#registry, eventLoopMonitoringPrecision: LAG_LOOK_MS });
    return exposition;
  }

  /** The page of the moment, at most PAGE_MS_MAX old. */
  page(): Promise<Page> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#page === undefined || nowMs - this.#pageMs > PAGE_MS_MAX) {
      this.#pageMs = nowMs;
      this.#page = this.#render();
    }
    return this.#page;
  }

  async #render(): Promise<Page> {
    this.#read = await this.#source();
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #register(metric: Metric<Source>): void {
    const { name, help } = metric;
    const none = { name, help, type: metric.type, aggregator: 'sum', values: [] };
    // What a registry asks of a metric is its name and its values: ours are read, not kept there a second time.
    const read = { name, get: async () => (this.#read === undefined ? none : valuesOf(metric, this.#read)) };
    this.#registry.registerMetric(read as unknown as PromMetric);
  }
}
