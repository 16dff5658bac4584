import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBelow } from '../random.js';
import { EventQueue, SimulatedEvent } from './event-queue.js';
import { SimulatedRandom } from './random.js';

test('events come in order of time, then of sequence, and cancelled ones never', () => {
  const random = new SimulatedRandom('event queue');
  const queue = new EventQueue();
  const model: SimulatedEvent[] = [];
  for (let step = 0; step < 20_000; step++) {
    const choice = randomBelow(random, 10);
    if (choice < 5) {
      const event = new SimulatedEvent(randomBelow(random, 500), step, () => {});
      queue.push(event);
      model.push(event);
    } else if (choice < 8 && model.length > 0) {
      (model.splice(randomBelow(random, model.length), 1)[0] as SimulatedEvent).cancel();
    } else {
      model.sort((one, other) => one.timeMs - other.timeMs || one.sequence - other.sequence);
      assert.equal(queue.peek(), model[0]);
      assert.equal(queue.pop(), model.shift());
    }
  }
});
