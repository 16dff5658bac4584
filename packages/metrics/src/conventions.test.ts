import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf } from './conventions.js';
import type { Metric } from './metric.js';
import { metricsTable } from './reference.js';

test('names that break the conventions are found', () => {
  const metrics: Metric<never>[] = [
    { name: 'tessera_try_things_total', type: 'counter', help: 'Things', read: () => 0 },
    { name: 'tessera_try_things_total', type: 'counter', help: 'Things', read: () => 0 },
    { name: 'tessera_try_things', type: 'counter', help: 'Things.', read: () => 0 },
    { name: 'tessera_try_wait_ms', type: 'gauge', help: '', labels: ['two_words'], read: () => 0 },
    { name: 'tessera_other_seconds', type: 'histogram', help: 'Elsewhere', read: () => [] },
  ];
  assert.deepEqual(faultsOf(metrics, 'tessera_try_'), [
    'tessera_try_things_total: declared twice',
    'tessera_try_things: counters, and only they, end in _total',
    'tessera_try_things: the help is a sentence without a full stop',
    'tessera_try_wait_ms: base units: seconds, bytes; no _count',
    'tessera_try_wait_ms: the help is a sentence without a full stop',
    'tessera_try_wait_ms: labels are single words',
    'tessera_other_seconds: not of the form tessera_try_words',
  ]);
});

test('a table has a row for every metric', () => {
  const table = metricsTable([
    { name: 'tessera_try_queue', type: 'gauge', labels: ['queue', 'side'], help: 'A | B', read: () => 0 },
  ]);
  assert.equal(table.split('\n')[2], '| `tessera_try_queue` | gauge | `queue`, `side` | A \\| B |');
});
