import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf } from '@tessera/metrics';
import { fileUse, METRICS } from './metrics.js';

test('metrics are named as Prometheus asks', () => {
  assert.deepEqual(faultsOf(METRICS, 'tessera_metaserver_'), []);
});

test('files are told apart by what they are for', () => {
  assert.equal(fileUse('/d/journal/0000000000000001-000001.journal'), 'journal');
  assert.equal(fileUse('/d/checkpoint/0000000000000001'), 'checkpoint');
  assert.equal(fileUse('/d/endpoint.json.new'), 'other');
});
