import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { concurrently } from './concurrently.js';

describe('concurrently', () => {
  it('runs every item, never more than the limit at once', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await concurrently(Array.from({ length: 20 }).keys(), 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
      done.push(item);
    });
    assert.equal(done.length, 20);
    assert.equal(most, 3);
  });

  it('throws the first failure after what was running has ended, and starts nothing more', async () => {
    const started: number[] = [];
    let ended = 0;
    const work = concurrently([0, 1, 2, 3, 4, 5], 2, async (item) => {
      started.push(item);
      await turn();
      ended += 1;
      if (item === 1) throw new Error('one');
    });
    await assert.rejects(work, /one/);
    assert.equal(ended, started.length);
    assert.ok(started.length < 6);
  });
});
