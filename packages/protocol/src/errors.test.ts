import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallStatus, StatusCode } from '@tessera/env';
import { fromCallStatus, fromWireError, TesseraError, toCallStatus, toWireError } from './errors.js';

describe('errors', () => {
  it('keep code and message through a gRPC status', () => {
    const status = toCallStatus(new TesseraError('NOT_EMPTY', 'directory a has 3 entries; remove them or use -r'));
    assert.equal(status.statusCode, StatusCode.FAILED_PRECONDITION);
    const back = fromCallStatus(status);
    assert.equal(back.code, 'NOT_EMPTY');
    assert.equal(back.message, 'directory a has 3 entries; remove them or use -r');
    assert.equal(back.cause, status);
  });

  it('map a bare status of another program by its status code', () => {
    assert.equal(fromCallStatus(new CallStatus(StatusCode.UNAVAILABLE, 'gone')).code, 'UNAVAILABLE');
    assert.equal(fromCallStatus(new CallStatus(StatusCode.DATA_LOSS, 'odd')).code, 'INTERNAL');
    assert.equal(
      fromCallStatus(new CallStatus(StatusCode.UNAVAILABLE, 'x', Uint8Array.of(0xff, 1))).code,
      'UNAVAILABLE',
    );
  });

  it('keep a newer peer’s code in the message', () => {
    const error = fromWireError({ code: 'FROM_THE_FUTURE', message: 'hello' });
    assert.equal(error.code, 'INTERNAL');
    assert.match(error.message, /FROM_THE_FUTURE: hello/);
    assert.equal(fromWireError(toWireError(new TesseraError('LOCKED', 'm'))).code, 'LOCKED');
  });

  it('turn unknown throwables into one coded error', () => {
    assert.equal(TesseraError.from('text').code, 'INTERNAL');
    assert.equal(TesseraError.from(new DOMException('stop', 'AbortError')).code, 'CANCELLED');
    const own = new TesseraError('EXISTS', 'x');
    assert.equal(TesseraError.from(own), own);
  });
});
