import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../clock.js';
import { SimulatedCrash } from './crash.js';
import { SimulatedWorld } from './world.js';

function world() {
  const made = new SimulatedWorld({ seed: 1 });
  return { world: made, clock: made.host('one').start('test').clock };
}

test('microtasks of any depth end before the next event', async () => {
  const { world: simulated, clock } = world();
  const order: string[] = [];
  clock.schedule(1, async () => {
    for (let turn = 0; turn < 500; turn++) await undefined;
    await new Promise<void>((resolve) => process.nextTick(resolve));
    order.push('chain');
  });
  clock.schedule(1, () => order.push('next event'));
  assert.equal(await simulated.run(), 'idle');
  assert.deepEqual(order, ['chain', 'next event']);
});

test('time stops where it is told to and stands at the end of what happened otherwise', async () => {
  const { world: simulated, clock } = world();
  let calls = 0;
  for (let at = 10; at <= 50; at += 10) clock.schedule(at, () => calls++);
  assert.equal(await simulated.run({ untilMs: 25 }), 'time');
  assert.deepEqual([calls, simulated.nowMs], [2, 25]);
  assert.equal(await simulated.run({ until: () => calls === 3 }), 'condition');
  assert.equal(simulated.nowMs, 30);
  assert.equal(await simulated.run(), 'idle');
  assert.equal(simulated.nowMs, 50);
  assert.equal(await simulated.run({ untilMs: 100 }), 'idle');
  assert.equal(simulated.nowMs, 100);
});

test('an error nobody caught fails the run, whether thrown or rejected', async () => {
  const { world: simulated, clock } = world();
  clock.schedule(1, () => {
    throw new Error('thrown');
  });
  await assert.rejects(simulated.run(), /thrown/);
  clock.schedule(1, async () => {
    throw new Error('rejected');
  });
  await assert.rejects(simulated.run(), /rejected/);
  clock.schedule(1, () => {
    queueMicrotask(() => {
      throw new Error('thrown later');
    });
  });
  await assert.rejects(simulated.run(), /thrown later/);
  assert.equal(await simulated.run(), 'idle');
});

test('what a crash leaves behind fails nothing, also wrapped as a cause', async () => {
  const { world: simulated, clock } = world();
  clock.schedule(1, () => {
    throw new SimulatedCrash('test');
  });
  clock.schedule(2, async () => {
    throw new SimulatedCrash('test');
  });
  clock.schedule(2, () => {
    queueMicrotask(() => {
      throw new SimulatedCrash('test');
    });
  });
  clock.schedule(3, async () => {
    throw new Error('dead code wraps it', { cause: new SimulatedCrash('test') });
  });
  assert.equal(await simulated.run(), 'idle');
});

test('the listeners of what nobody caught are back after a run, also a failed one', async () => {
  const listeners = () => [process.listeners('unhandledRejection'), process.listeners('uncaughtException')];
  const before = listeners();
  const { world: simulated, clock } = world();
  await simulated.run();
  clock.schedule(1, () => {
    throw new Error('thrown');
  });
  await assert.rejects(simulated.run());
  assert.deepEqual(listeners(), before);
});

test('a promise that cannot settle is reported, not waited for', async () => {
  const { world: simulated, clock } = world();
  await assert.rejects(simulated.drive(new Promise(() => {})), /nothing is left to happen/);
  const again = () => clock.schedule(1, again);
  again();
  await assert.rejects(simulated.drive(new Promise(() => {}), 1_000), /1000 ms have passed/);
  await assert.rejects(simulated.run({ eventsMax: 100 }), /100 events/);
  await assert.rejects(simulated.drive(Promise.reject(new Error('its own'))), /its own/);
  assert.equal(await simulated.drive(sleep(clock, 5).then(() => 7)), 7);
});
