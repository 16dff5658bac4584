import { LATENCY_MS_BOUNDS, type LatencyHistogram } from '@tessera/env';
import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client';
import type { Labels, Metric } from './metric.js';

type Values = MetricObjectWithValues<MetricValueWithName<string>>;

const MS_PER_S = 1000;

/** A metric's values of the moment, as prom-client wants them. */
export function valuesOf<Source>(metric: Metric<Source>, source: Source): Values {
  const { name, help, type } = metric;
  const values: MetricValueWithName<string>[] = [];
  if (metric.type === 'histogram') {
    for (const { labels = {}, histogram } of metric.read(source)) values.push(...bucketsOf(name, labels, histogram));
  } else {
    const read = metric.read(source);
    const samples = typeof read === 'number' ? [{ value: read }] : read;
    for (const { labels = {}, value } of samples) values.push({ metricName: name, labels, value });
  }
  // prom-client's own type names are the words of the text format.
  return { name, help, type, aggregator: 'sum', values } as unknown as Values;
}

/** In seconds, each bucket with all that are below it. */
function bucketsOf(name: string, labels: Labels, { counts, sumMs }: LatencyHistogram): MetricValueWithName<string>[] {
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    const bound = LATENCY_MS_BOUNDS[index];
    const le = bound === undefined ? '+Inf' : String(bound / MS_PER_S);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumMs / MS_PER_S },
    { metricName: `${name}_count`, labels, value: below },
  ];
}
