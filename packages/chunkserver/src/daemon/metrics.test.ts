import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultsOf } from '@tessera/metrics';
import { fileUse, METRICS } from './metrics.js';

test('metrics are named as Prometheus asks', () => {
  assert.deepEqual(faultsOf(METRICS, 'tessera_chunkserver_'), []);
});

test('files are told apart by what they are for', () => {
  assert.equal(fileUse('/d/log/00000001.log'), 'log');
  assert.equal(fileUse('/d/identity'), 'other');
});
