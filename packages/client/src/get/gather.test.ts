import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TesseraError } from '@tessera/protocol';
import { Scopes } from '../scope.js';
import { ManualClock, settled } from '../testing/manual-clock.js';
import { GatherFailure, gather } from './gather.js';

interface Task {
  started: boolean;
  succeed(): void;
  fail(code?: 'UNAVAILABLE' | 'NOT_FOUND'): void;
}

function setUp(taskCount: number, needed: number) {
  const clock = new ManualClock();
  const scope = new Scopes(clock, 60_000).open('test');
  const tasks: Task[] = [];
  let hedges = 0;
  const gathered = gather({
    needed,
    clock,
    scope,
    slowAfterMs: 100,
    onSlow: () => hedges++ < 1,
    onFailure: (error) => error.code === 'NOT_FOUND',
    tasks: Array.from({ length: taskCount }, (_, index) => {
      const task: Task = { started: false, succeed: () => {}, fail: () => {} };
      tasks.push(task);
      return () =>
        new Promise<number>((resolve, reject) => {
          task.started = true;
          task.succeed = () => resolve(index);
          task.fail = (code = 'UNAVAILABLE') => reject(new TesseraError(code, 'no'));
        });
    }),
  });
  gathered.catch(() => {});
  return { clock, scope, tasks, gathered, hedges: () => hedges, started: () => tasks.map(({ started }) => started) };
}

test('only as many start as are needed, and those make the result', async () => {
  const { tasks, gathered, started } = setUp(4, 2);
  assert.deepEqual(started(), [true, true, false, false]);
  tasks[1]?.succeed();
  tasks[0]?.succeed();
  assert.deepEqual(await gathered, [1, 0]);
});

test('a failed task is replaced by the next', async () => {
  const { tasks, gathered, started } = setUp(4, 2);
  tasks[0]?.fail();
  await settled();
  assert.deepEqual(started(), [true, true, true, false]);
  tasks[1]?.succeed();
  tasks[2]?.succeed();
  assert.deepEqual(await gathered, [1, 2]);
});

test('too many failures end it, at once', async () => {
  const { tasks, gathered } = setUp(3, 2);
  tasks[0]?.fail();
  tasks[1]?.fail();
  await assert.rejects(gathered, GatherFailure);
  await assert.rejects(setUp(1, 2).gathered, GatherFailure);
});

test('a slow one is hedged once', async () => {
  const { clock, tasks, gathered, started } = setUp(4, 1);
  await clock.advance(99);
  assert.deepEqual(started(), [true, false, false, false]);
  await clock.advance(1_000);
  assert.deepEqual(started(), [true, true, false, false]);
  tasks[1]?.succeed();
  assert.deepEqual(await gathered, [1]);
  assert.equal(clock.pendingTimers, 1, 'only the sweep of deadlines');
});

test('nothing is hedged when all have started', async () => {
  const { clock, tasks, gathered, hedges } = setUp(2, 1);
  tasks[0]?.fail();
  await clock.advance(1_000);
  assert.equal(hedges(), 0);
  tasks[1]?.succeed();
  assert.deepEqual(await gathered, [1]);
});

test('a failure can end it, and so can the scope', async () => {
  const fatal = setUp(3, 1);
  fatal.tasks[0]?.fail('NOT_FOUND');
  await assert.rejects(fatal.gathered, { code: 'NOT_FOUND' });
  const ended = setUp(3, 1);
  ended.scope.end(new TesseraError('CANCELLED', 'no more'));
  await assert.rejects(ended.gathered, { code: 'CANCELLED' });
});
