import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OracleViolation } from '../oracle/violation.js';
import { Patience } from './patience.js';

const NEVER = new Promise<never>(() => {});
/** Longer than any test. */
const LONG_MS = 600_000;

test('what comes is given on, and what fails too; nothing keeps the process waiting then', async () => {
  const patience = new Patience();
  assert.equal(await patience.until('an answer', Promise.resolve(7), LONG_MS), 7);
  await assert.rejects(patience.until('an answer', Promise.reject(new Error('no')), LONG_MS), /^Error: no$/);
});

test('what never comes is a violation that says what was waited for', async () => {
  await assert.rejects(new Patience().until('a client to close', NEVER, 1), (thrown) => {
    assert.ok(thrown instanceof OracleViolation);
    assert.equal(thrown.message, 'waited 1 ms for a client to close, in vain');
    return true;
  });
});

test('something else that goes wrong ends the waiting, that of now and of later', async () => {
  const patience = new Patience();
  const waiting = patience.until('a client to close', NEVER, LONG_MS);
  patience.fail(new OracleViolation('a daemon ended by itself'));
  patience.fail(new OracleViolation('another one'));
  await assert.rejects(waiting, /a daemon ended by itself/);
  await assert.rejects(patience.until('another', NEVER, LONG_MS), /a daemon ended by itself/);
});

test('what fails after its time was over troubles nobody', async () => {
  let fail: (error: Error) => void = () => {};
  const late = new Promise<never>((_, reject) => {
    fail = reject;
  });
  await assert.rejects(new Patience().until('an answer', late, 1), /in vain/);
  // An unhandled rejection would fail this test.
  fail(new Error('too late'));
});
