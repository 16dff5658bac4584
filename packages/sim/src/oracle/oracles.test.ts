import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedCrash } from '@tessera/env/simulated';
import { TesseraError } from '@tessera/protocol';
import { ClientDied } from '../workload/client-died.js';
import { codedError } from './coded-error.js';
import { DurabilityLedger } from './durability.js';
import { Identities } from './identities.js';
import { OracleViolation } from './violation.js';

const tag = (id: number) => ({ id, bytes: 1 });

test('written content is owed unless more hosts than it has parity lost power before it was synced', () => {
  const losses = [
    { host: 'one', atMs: 1_000 },
    { host: 'one', atMs: 1_100 },
    { host: 'two', atMs: 1_200 },
  ];
  const ledger = new DurabilityLedger(losses, new Set());
  ledger.written(tag(1), { fromMs: 900, toMs: 950, parity: 1 });
  ledger.written(tag(2), { fromMs: 900, toMs: 950, parity: 2 });
  ledger.written(tag(3), { fromMs: 1_150, toMs: 1_180, parity: 1 });
  ledger.written(tag(4), { fromMs: -9_000, toMs: -8_000, parity: 0 });
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((id) => ledger.isOwed(tag(id))),
    [false, true, true, true, true],
  );
  losses.push({ host: 'three', atMs: 1_300 });
  assert.equal(ledger.isOwed(tag(2)), false);
  const rotten = new DurabilityLedger(losses.slice(0, 1), new Set(['nine']));
  rotten.written(tag(1), { fromMs: 900, toMs: 950, parity: 1 });
  assert.equal(rotten.isOwed(tag(1)), false);
});

test('an inode that was another content, or a content with two inodes, is seen', () => {
  const identities = new Identities();
  identities.note(tag(1), 10n);
  identities.note(tag(1), 10n);
  identities.note(tag(2), 11n);
  assert.throws(() => identities.note(tag(3), 10n), OracleViolation);
  assert.throws(() => identities.note(tag(2), 12n), OracleViolation);
});

test('an error without a code, or one that admits a bug, is a violation', () => {
  const cause = new Error('nobody answers');
  const good = new TesseraError('UNAVAILABLE', 'the server is away', { cause });
  assert.equal(codedError(good), good);
  assert.throws(() => codedError(new Error('socket hang up')), OracleViolation);
  assert.throws(() => codedError(new TesseraError('INTERNAL', 'undefined is not a function')), OracleViolation);
  assert.throws(() => codedError(new TesseraError('UNAVAILABLE', '', { cause })), OracleViolation);
  assert.throws(() => codedError(undefined), OracleViolation);
  assert.throws(() => codedError(new SimulatedCrash('client-1')), ClientDied);
  assert.throws(() => codedError(new SimulatedCrash('chunkserver on host-1')), OracleViolation);
  const violation = new OracleViolation('seen elsewhere');
  assert.throws(() => codedError(violation), violation);
});

test('an error that does not say why, or that a bug is behind, is a violation', () => {
  const late = new TesseraError('DEADLINE_EXCEEDED', 'the deadline has passed');
  assert.equal(codedError(late), late);
  const withCause = (cause: unknown) => new TesseraError('UNAVAILABLE', 'the server is away', { cause });
  assert.doesNotThrow(() => codedError(withCause(withCause(new Error('nobody answers')))));
  assert.throws(() => codedError(new TesseraError('UNAVAILABLE', 'the server is away')), OracleViolation);
  assert.throws(() => codedError(new TesseraError('DATA_LOSS', 'two shards are lost')), OracleViolation);
  assert.throws(() => codedError(withCause(withCause('a word'))), OracleViolation);
  assert.throws(() => codedError(withCause(new Error(''))), OracleViolation);
  assert.throws(() => codedError(withCause(new TypeError('undefined is not a function'))), OracleViolation);
  assert.throws(() => codedError(withCause(new TesseraError('INTERNAL', 'no id is left'))), OracleViolation);
  const circle = withCause(new Error('nobody answers'));
  (circle.cause as Error).cause = circle;
  assert.throws(() => codedError(circle), OracleViolation);
});
