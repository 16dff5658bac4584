import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LATENCY_MS_BOUNDS } from '@tessera/env';
import { OperationLatencies } from './operation-latencies.js';

test('each kind of operation has a histogram of its own', () => {
  const latencies = new OperationLatencies();
  latencies.observe('stat', 0.1);
  latencies.observe('putFile', 7);
  latencies.observe('stat', 100_000);
  assert.deepEqual([...latencies.histograms.keys()], ['stat', 'putFile']);
  const stat = latencies.histograms.get('stat') ?? assert.fail();
  assert.deepEqual([stat.counts[0], stat.counts[LATENCY_MS_BOUNDS.length], stat.sumMs], [1, 1, 100_000.1]);
});
