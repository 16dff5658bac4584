import type { Metric } from './metric.js';

const NAME = /^tessera_[a-z]+(_[a-z]+)*$/;

/** Where metrics depart from the naming conventions of Prometheus; empty when all is well. For tests. */
export function faultsOf(metrics: readonly Metric<never>[], prefix: string): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { name, help, type, labels = [] } of metrics) {
    const say = (fault: string) => faults.push(`${name}: ${fault}`);
    if (seen.has(name)) say('declared twice');
    seen.add(name);
    if (!NAME.test(name) || !name.startsWith(prefix)) say(`not of the form ${prefix}words`);
    if ((type === 'counter') !== name.endsWith('_total')) say('counters, and only they, end in _total');
    if (type === 'histogram' && !name.endsWith('_seconds')) say('a latency ends in _seconds');
    if (/_(ms|milliseconds|kib|mib|count)\b/.test(name)) say('base units: seconds, bytes; no _count');
    if (help === '' || help.endsWith('.')) say('the help is a sentence without a full stop');
    if (labels.some((label) => !/^[a-z]+$/.test(label))) say('labels are single words');
  }
  return faults;
}
