import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '@tessera/env';
import { SimulatedWorld } from '@tessera/env/simulated';
import { startLoop } from './loop.js';

function simulated() {
  const world = new SimulatedWorld({ seed: 1 });
  const { clock } = world.host('host').start('process');
  return { world, clock };
}

test('steps follow each other after a rest; one that fails is reported and the next comes', async () => {
  const { world, clock } = simulated();
  const starts: number[] = [];
  const errors: unknown[] = [];
  const loop = startLoop(
    clock,
    100,
    async () => {
      starts.push(world.nowMs);
      await sleep(clock, 50);
      if (starts.length === 2) throw new Error('once');
    },
    (error) => errors.push(error),
  );
  await world.run({ untilMs: 600 });
  assert.deepEqual(starts, [100, 250, 400, 550]);
  assert.equal(errors.length, 1);
  await world.drive(loop.stop());
});

test('stopping waits for the step under way and starts no other', async () => {
  const { world, clock } = simulated();
  let finished = 0;
  const loop = startLoop(
    clock,
    100,
    async () => {
      await sleep(clock, 50);
      finished++;
    },
    (error) => assert.fail(String(error)),
  );
  await world.run({ untilMs: 120 });
  await world.drive(loop.stop());
  assert.equal(finished, 1);
  assert.equal(await world.run(), 'idle');
  assert.equal(finished, 1);
});
