import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedRandom, SimulatedWorld } from '@tessera/env/simulated';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { Draw } from '../draw.js';
import { FaultBudget } from './fault-budget.js';
import type { FaultStage } from './fault-source.js';
import { Recurring } from './recurring.js';

function someStage(begins: () => boolean = () => true): FaultStage {
  return {
    world: new SimulatedWorld({ seed: 1 }),
    cluster: undefined as unknown as SimulatedCluster,
    budget: new FaultBudget({ hosts: [] }),
    draw: new Draw(new SimulatedRandom('recurring')),
    begins,
    tally: () => {},
  };
}

test('it happens as often as planned, each time that it is started, and not after a stop', async () => {
  const stage = someStage();
  let times = 0;
  const recurring = new Recurring(stage, { times: 3, gapMsMax: 100 }, () => times++);
  recurring.start();
  await stage.world.run();
  assert.equal(times, 3);
  recurring.start();
  recurring.start();
  await stage.world.run();
  assert.equal(times, 6, 'a second start begins anew, and does not add to the first');
  recurring.start();
  recurring.stop();
  await stage.world.run();
  assert.equal(times, 6);
});

test('an occurrence that a smaller run does without is left out, the others come when they did', async () => {
  const when = async (begins: () => boolean) => {
    const stage = someStage(begins);
    const times: number[] = [];
    new Recurring(stage, { times: 4, gapMsMax: 100 }, () => times.push(stage.world.nowMs)).start();
    await stage.world.run();
    return times;
  };
  let count = 0;
  const all = await when(() => true);
  const some = await when(() => ++count !== 2);
  assert.deepEqual(
    some,
    all.filter((_, index) => index !== 1),
  );
});
