import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RealClock } from './clock.js';

test('a timer that Node fires a hair too early still comes before those due after it', (t) => {
  let nowMs = 0;
  const armed: (() => void)[] = [];
  t.mock.method(performance, 'now', () => nowMs);
  t.mock.method(globalThis, 'setTimeout', (callback: () => void) => {
    armed.push(callback);
    return { callback };
  });
  t.mock.method(globalThis, 'clearTimeout', (handle: { callback: () => void }) => {
    armed.splice(armed.indexOf(handle.callback), 1);
  });
  const clock = new RealClock();
  const order: string[] = [];
  clock.schedule(10, () => order.push('first'));
  nowMs = 0.001;
  clock.schedule(10, () => order.push('second'));
  const cancelled = clock.schedule(10, () => order.push('cancelled'));
  const fire = () => (armed.shift() as () => void)();

  nowMs = 9.9995;
  fire();
  assert.deepEqual(order, []);
  cancelled.cancel();
  nowMs = 10.002;
  fire();
  assert.deepEqual(order, ['first', 'second']);
  assert.equal(armed.length, 0);
});
