import assert from 'node:assert/strict';
import { type ErrorCode, TesseraError } from '@tessera/protocol';

/** The promise must be rejected with this code, and say this. */
export async function refused(promise: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof TesseraError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}
