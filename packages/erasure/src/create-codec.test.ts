import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CodecOptions, createCodec } from './create-codec.js';
import { ErasureError } from './error.js';

test('auto is the kernel where SIMD runs', async () => {
  assert.equal((await createCodec({ backend: 'auto' })).backend, 'simd');
  assert.equal((await createCodec({ backend: 'simd' })).backend, 'simd');
  assert.equal((await createCodec({ backend: 'library' })).backend, 'library');
});

test('auto is the library where SIMD does not run, and asking for the kernel says so', async (context) => {
  context.mock.method(WebAssembly, 'validate', () => false);
  assert.equal((await createCodec({ backend: 'auto' })).backend, 'library');
  await assert.rejects(createCodec({ backend: 'simd' }), (error) => {
    assert.ok(error instanceof ErasureError);
    assert.equal(error.code, 'INVALID_ARGUMENT');
    assert.match(error.message, /no WebAssembly SIMD/);
    return true;
  });
});

test('an unknown backend is named', async () => {
  await assert.rejects(createCodec({ backend: 'gpu' } as unknown as CodecOptions), /backend 'gpu' does not exist/);
});

test('creation settles within microtasks, so a simulation can wait for it', async () => {
  let created = false;
  createCodec({ backend: 'library' }).then(() => {
    created = true;
  });
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.ok(created);
});
