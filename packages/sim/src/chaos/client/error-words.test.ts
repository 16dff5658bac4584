import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import { codedError } from '../../oracle/coded-error.js';
import { OracleViolation } from '../../oracle/violation.js';
import { errorOf, errorWords } from './error-words.js';

const sent = (thrown: unknown) => errorOf(structuredClone(errorWords(thrown)));

test('an error comes with its code and its causes', () => {
  const error = new TesseraError('UNAVAILABLE', 'nobody answers', {
    cause: new Error('reset', { cause: 'by the peer' }),
  });
  const got = sent(error);
  assert.equal(codedError(got), got);
  assert.deepEqual([(got as TesseraError).code, got.message], ['UNAVAILABLE', 'nobody answers']);
  assert.deepEqual(
    [(got.cause as Error).message, ((got.cause as Error).cause as Error).message],
    ['reset', 'by the peer'],
  );
});

test('bugs and findings stay what they are', () => {
  const bug = sent(new TesseraError('UNAVAILABLE', 'nobody answers', { cause: new TypeError('x is undefined') }));
  assert.throws(() => codedError(bug), /met a bug: x is undefined/);
  assert.throws(() => codedError(sent(new Error('no code'))), /what has no code/);
  assert.ok(sent(new OracleViolation('a byte differs')) instanceof OracleViolation);
});
