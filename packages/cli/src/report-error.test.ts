import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { type ErrorCode, TesseraError } from '@tessera/client';
import { EXIT_CODE_MEANINGS, ExitCode, exitCodeOf } from './exit-code.js';
import { describeError, toTesseraError } from './report-error.js';

describe('error reports', () => {
  it('are code, message and what to do', () => {
    assert.equal(
      describeError(new TesseraError('EXISTS', '/a is there'), {}),
      'tessera: EXISTS: /a is there\n  Pass --replace to take its place.',
    );
    assert.equal(describeError(new TesseraError('NOT_FOUND', 'gone'), {}, '/a'), 'tessera: NOT_FOUND: /a: gone');
  });

  it('show a stack trace only with TESSERA_DEBUG', () => {
    const error = new Error('bug', { cause: new Error('deeper') });
    assert.doesNotMatch(describeError(error, {}), /\n\s+at /);
    assert.match(describeError(error, {}), /^tessera: INTERNAL: bug\n {2}This is a bug/);
    assert.match(describeError(error, { TESSERA_DEBUG: '1' }), /\n\s+at .*\nCaused by Error: deeper/s);
  });

  it('do not let a message forge terminal output', () => {
    assert.equal(describeError(new TesseraError('NOT_FOUND', 'a\u001b[2Jb'), {}), 'tessera: NOT_FOUND: a\\x1b[2Jb');
  });

  it('name local files that cannot be used', async () => {
    const error = await readFile('/no/such/file').catch((thrown) => thrown);
    assert.equal(toTesseraError(error).code, 'NOT_FOUND');
    assert.match(describeError(error, {}), /^tessera: NOT_FOUND: local file \/no\/such\/file does not exist$/);
  });
});

describe('exit codes', () => {
  it('are all explained', () => {
    assert.deepEqual(
      EXIT_CODE_MEANINGS.map(([code]) => code),
      Object.values(ExitCode),
    );
  });

  for (const [code, exitCode] of [
    ['INVALID_PATH', ExitCode.USAGE],
    ['INVALID_LAYOUT', ExitCode.USAGE],
    ['NOT_FOUND', ExitCode.NOT_FOUND],
    ['UNAVAILABLE', ExitCode.UNAVAILABLE],
    ['NOT_ENOUGH_SERVERS', ExitCode.UNAVAILABLE],
    ['EXISTS', ExitCode.REFUSED],
    ['DATA_LOSS', ExitCode.DAMAGED],
    ['CANCELLED', ExitCode.INTERRUPTED],
    ['INTERNAL', ExitCode.FAILURE],
  ] satisfies [ErrorCode, number][]) {
    it(`${code} is ${exitCode}`, () => assert.equal(exitCodeOf(code), exitCode));
  }
});
