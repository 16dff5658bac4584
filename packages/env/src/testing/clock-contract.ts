import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Clock, sleep } from '../clock.js';
import { type OpenFixture, within } from './fixture.js';

/** Registers the tests that every Clock must pass. */
export function clockContract(name: string, open: OpenFixture<Clock>): void {
  const clockTest = (title: string, body: (clock: Clock) => Promise<void>) => test(title, within(open, body));

  describe(`Clock contract: ${name}`, () => {
    clockTest('a timer comes once and no earlier than its delay', async (clock) => {
      const startMs = clock.monotonicMs();
      let calls = 0;
      await new Promise<void>((resolve) => {
        clock.schedule(12.5, () => {
          calls++;
          resolve();
        });
      });
      assert.ok(clock.monotonicMs() - startMs >= 12.5);
      await sleep(clock, 20);
      assert.equal(calls, 1);
    });

    clockTest('a timer never runs inside the call that schedules it', async (clock) => {
      let ran = false;
      const fired = new Promise<void>((resolve) => {
        clock.schedule(0, () => {
          ran = true;
          resolve();
        });
        clock.schedule(-5, () => {});
      });
      assert.equal(ran, false);
      await fired;
    });

    clockTest('a cancelled timer does not come, and cancelling again does nothing', async (clock) => {
      let calls = 0;
      const timer = clock.schedule(1, () => {
        calls++;
      });
      timer.cancel();
      timer.cancel();
      await sleep(clock, 10);
      assert.equal(calls, 0);
      const ran = clock.schedule(1, () => {
        calls++;
      });
      await sleep(clock, 10);
      ran.cancel();
      assert.equal(calls, 1);
    });

    clockTest('timers of one delay come in the order they were made', async (clock) => {
      const order: number[] = [];
      for (let index = 0; index < 100; index++) clock.schedule(3, () => order.push(index));
      await sleep(clock, 20);
      assert.deepEqual(
        order,
        Array.from({ length: 100 }, (_, index) => index),
      );
    });

    clockTest('10,000 timers, half of them cancelled', async (clock) => {
      let calls = 0;
      const timers = Array.from({ length: 10_000 }, (_, index) => clock.schedule(index % 50, () => calls++));
      timers.forEach((timer, index) => {
        if (index % 2 === 0) timer.cancel();
      });
      await sleep(clock, 100);
      assert.equal(calls, 5_000);
    });

    clockTest('sleep ends with the reason of its signal', async (clock) => {
      const reason = new Error('enough');
      const early = new AbortController();
      early.abort(reason);
      await assert.rejects(sleep(clock, 60_000, early.signal), reason);
      const late = new AbortController();
      const asleep = sleep(clock, 60_000, late.signal);
      clock.schedule(2, () => late.abort(reason));
      await assert.rejects(asleep, reason);
    });

    clockTest('wall-clock time is of this century and moves on', async (clock) => {
      const before = clock.wallNs();
      assert.ok(before > 1_600_000_000_000_000_000n && before < 4_000_000_000_000_000_000n);
      await sleep(clock, 5);
      assert.ok(clock.wallNs() > before);
    });
  });
}
