import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BufferPool } from './buffer-pool.js';

describe('BufferPool', () => {
  it('hands a released buffer to the next request of its size class only', () => {
    const pool = new BufferPool({ retainedBytesMax: 2 ** 20 });
    const first = pool.acquire(500_000);
    assert.equal(first.length, 500_000);
    pool.release(first);
    const second = pool.acquire(520_000);
    assert.equal(second.buffer, first.buffer);
    assert.equal(second.length, 520_000);
    assert.notEqual(pool.acquire(520_000).buffer, first.buffer, 'it is taken');
  });

  it('keeps no more than its bound and nothing small or foreign', () => {
    const pool = new BufferPool({ retainedBytesMax: 2 ** 20 });
    const buffers = [pool.acquire(2 ** 19), pool.acquire(2 ** 19), pool.acquire(2 ** 19)];
    for (const buffer of buffers) pool.release(buffer);
    const again = new Set([pool.acquire(2 ** 19), pool.acquire(2 ** 19), pool.acquire(2 ** 19)].map((b) => b.buffer));
    assert.equal(buffers.filter((buffer) => again.has(buffer.buffer)).length, 2);
    const view = new Uint8Array(new ArrayBuffer(2 ** 17 + 64), 64);
    pool.release(view);
    assert.notEqual(pool.acquire(2 ** 17).buffer, view.buffer);
  });
});
