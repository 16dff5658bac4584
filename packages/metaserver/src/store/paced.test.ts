import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '@tessera/env';
import { within } from './paced.js';

/** Pages that take so many milliseconds each. */
function setUp(pageMs: number, count: number) {
  let nowMs = 1_000;
  const clock = { monotonicMs: () => nowMs } as Clock;
  async function* pages() {
    for (let page = 0; page < count; page++) {
      nowMs += pageMs;
      yield page;
    }
  }
  return { clock, pages };
}

test('pages that come in time all pass', async () => {
  const { clock, pages } = setUp(10, 50);
  const passed: number[] = [];
  for await (const page of within(clock, pages(), 500)) passed.push(page);
  assert.equal(passed.length, 50);
});

test('what takes too long is ended, and says so', async () => {
  const { clock, pages } = setUp(10, 50);
  const passed: number[] = [];
  await assert.rejects(
    async () => {
      for await (const page of within(clock, pages(), 100)) passed.push(page);
    },
    { code: 'DEADLINE_EXCEEDED' },
  );
  assert.equal(passed.length, 11);
});
