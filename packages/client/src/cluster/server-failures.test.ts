import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import { ServerFailures, serverFailures } from './server-failures.js';

test('failures are found behind an error, and say what they were', () => {
  const one = { server: 3, address: 'host:1', code: 'UNAVAILABLE', message: 'server 3 is away' } as const;
  const other = { ...one, server: 4, message: 'server 4 is away' };
  const cause = new ServerFailures([one, other]);
  assert.equal(cause.message, 'server 3 is away; server 4 is away');
  const error = new TesseraError('NOT_ENOUGH_SERVERS', 'too few', { cause: new Error('on the way', { cause }) });
  assert.deepEqual(serverFailures(error), [one, other]);
  assert.deepEqual(serverFailures(new Error('of another kind')), []);
});

test('where no server can be named that failed, the cause says so', () => {
  assert.notEqual(new ServerFailures([]).message, '');
});
