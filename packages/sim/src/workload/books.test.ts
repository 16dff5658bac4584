import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import { ClusterFacts } from '../oracle/cluster-facts.js';
import { DurabilityLedger } from '../oracle/durability.js';
import { OracleViolation } from '../oracle/violation.js';
import { Books } from './books.js';

test('a code that no fault of the run explains is a violation', () => {
  const books = new Books({
    nowMs: () => 0,
    durability: new DurabilityLedger([], new Set()),
    facts: new ClusterFacts(1),
  });
  const full = new TesseraError('DISK_FULL', 'the disk is full');
  assert.equal(books.failure(full), full);
  const happened = new Set<string>();
  books.isExplained = (code) => code !== 'DISK_FULL' || happened.has('full disk');
  assert.throws(() => books.failure(full), OracleViolation);
  assert.throws(() => books.failure(new Error('no code')), OracleViolation);
  happened.add('full disk');
  assert.equal(books.failure(full), full);
});
