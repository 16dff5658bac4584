import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, LatencyHistogram } from '@tessera/env';
import { Exposition, PAGE_MS_MAX } from './exposition.js';
import type { Metric } from './metric.js';

interface Source {
  requests: number;
  latency: LatencyHistogram;
}

const METRICS: readonly Metric<Source>[] = [
  { name: 'tessera_try_requests_total', type: 'counter', help: 'Requests', read: ({ requests }) => requests },
  {
    name: 'tessera_try_queue',
    type: 'gauge',
    labels: ['queue'],
    help: 'What waits',
    read: () => [{ labels: { queue: 'a"b\\c' }, value: 1.5 }],
  },
  {
    name: 'tessera_try_seconds',
    type: 'histogram',
    labels: ['kind'],
    help: 'How long it took',
    read: ({ latency }) => [{ labels: { kind: 'x' }, histogram: latency }],
  },
];

function clockAt(now: { ms: number }): Clock {
  return {
    monotonicMs: () => now.ms,
    wallNs: () => 0n,
    schedule: () => assert.fail('an exposition waits for nothing'),
  };
}

test('metrics are read at a scrape, in base units, labels escaped', async () => {
  const now = { ms: 0 };
  const latency = new LatencyHistogram();
  const source = { requests: 1, latency };
  let isThere = false;
  const exposition = await Exposition.open(clockAt(now), METRICS, async () => (isThere ? source : undefined));
  const starting = (await exposition.page()).text;
  assert.match(starting, /^# TYPE tessera_try_requests_total counter$/m);
  assert.doesNotMatch(starting, /^tessera_/m);
  assert.match(starting, /^process_resident_memory_bytes \d+/m);
  assert.match(starting, /^nodejs_eventloop_lag_seconds /m);

  isThere = true;
  latency.observe(0.2);
  latency.observe(3);
  latency.observe(60_000);
  now.ms += PAGE_MS_MAX + 1;
  const { type, text } = await exposition.page();
  assert.match(type, /^text\/plain; version=0.0.4/);
  const ours = text.split('\n').filter((line) => line.startsWith('tessera_'));
  assert.equal(ours[0], 'tessera_try_requests_total 1');
  assert.equal(ours[1], String.raw`tessera_try_queue{queue="a\"b\\c"} 1.5`);
  for (const line of [
    'tessera_try_seconds_bucket{kind="x",le="0.00025"} 1',
    'tessera_try_seconds_bucket{kind="x",le="0.0025"} 1',
    'tessera_try_seconds_bucket{kind="x",le="0.005"} 2',
    'tessera_try_seconds_bucket{kind="x",le="10"} 2',
    'tessera_try_seconds_bucket{kind="x",le="+Inf"} 3',
    'tessera_try_seconds_sum{kind="x"} 60.0032',
    'tessera_try_seconds_count{kind="x"} 3',
  ]) {
    assert.ok(ours.includes(line), `${line} is missing in\n${ours.join('\n')}`);
  }
});

test('a page is shown again for a moment', async () => {
  const now = { ms: 1_000 };
  const source = { requests: 1, latency: new LatencyHistogram() };
  let reads = 0;
  const exposition = await Exposition.open(clockAt(now), METRICS, async () => {
    reads++;
    return source;
  });
  await Promise.all([exposition.page(), exposition.page()]);
  now.ms += PAGE_MS_MAX;
  await exposition.page();
  assert.equal(reads, 1);
  now.ms += 1;
  await exposition.page();
  assert.equal(reads, 2);
});
