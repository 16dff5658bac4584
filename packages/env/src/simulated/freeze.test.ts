import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../clock.js';
import { CallStatus, type Connection, StatusCode } from '../network.js';
import { Recorder } from '../testing/recorder.js';
import { SimulatedWorld } from './world.js';

const HOUR_MS = 3_600_000;

test('a frozen process does nothing, and goes on in order with all that came meanwhile', async () => {
  const world = new SimulatedWorld({ seed: 1 });
  const process = world.host('one').start('test');
  const file = await world.drive(process.disk.open('/a', 'create'));
  const heard: string[] = [];
  const note = (what: string) => () => heard.push(what);
  process.clock.schedule(1_000, note('early timer'));
  const late = process.clock.schedule(3_000, note('late timer'));
  process.clock.schedule(2_000, () => late.cancel());
  file.sync().then(note('sync'));
  process.freeze();
  assert.equal(process.frozen, true);
  await world.run({ untilMs: world.nowMs + HOUR_MS });
  assert.deepEqual(heard, []);
  const before = process.clock.monotonicMs();
  process.thaw();
  assert.equal(process.frozen, false);
  await world.run();
  assert.deepEqual(heard, ['sync', 'early timer'], 'a timer that was cancelled after the thaw does not fire');
  assert.ok(process.clock.monotonicMs() >= before);
});

test('a process that is frozen again before it has caught up stays in order, and a dead one hears nothing', async () => {
  const world = new SimulatedWorld({ seed: 2 });
  const process = world.host('one').start('test');
  const heard: number[] = [];
  for (const ms of [1, 2, 3]) process.clock.schedule(ms, () => heard.push(ms));
  process.freeze();
  await world.run({ untilMs: world.nowMs + 10 });
  process.thaw();
  process.freeze();
  await world.run({ untilMs: world.nowMs + 10 });
  assert.equal(heard.length, 0);
  process.thaw();
  await world.run();
  assert.deepEqual(heard, [1, 2, 3]);
  process.clock.schedule(1, () => heard.push(4));
  process.freeze();
  await world.run({ untilMs: world.nowMs + 10 });
  process.crash('kill');
  process.thaw();
  await world.run();
  assert.deepEqual(heard, [1, 2, 3]);
});

test('calls to a frozen server run late, whether or not anybody waits for them; a frozen caller hears late', async () => {
  const world = new SimulatedWorld({ seed: 3 });
  const client = world.host('a').start('client');
  const server = world.host('b').start('server');
  const handled: number[] = [];
  const handler = async (request: Uint8Array) => {
    handled.push(request[0] as number);
    return request;
  };
  await world.drive(server.network.serve('b:1', new Map([['/x', handler]])));
  const call = (value: number) => client.network.call('b:1', '/x', Uint8Array.of(value), { deadlineMs: 500 });
  server.freeze();
  await assert.rejects(
    world.drive(call(1)),
    (error) => error instanceof CallStatus && error.statusCode === StatusCode.DEADLINE_EXCEEDED,
  );
  assert.deepEqual(handled, []);
  server.thaw();
  await world.run();
  assert.deepEqual(handled, [1]);
  let isAnswered = false;
  call(2).then(() => {
    isAnswered = true;
  });
  client.freeze();
  await world.run({ untilMs: world.nowMs + HOUR_MS });
  assert.deepEqual([handled, isAnswered], [[1, 2], false]);
  client.thaw();
  await world.run();
  assert.equal(isAnswered, true);
});

test('what a connection brings to a frozen process waits, and so do connections to it', async () => {
  const world = new SimulatedWorld({ seed: 4 });
  const client = world.host('a').start('client');
  const server = world.host('b').start('server');
  const far = new Recorder();
  const accepted: Connection[] = [];
  await world.drive(
    server.network.listen('b:2', (connection) => {
      accepted.push(connection);
      return far;
    }),
  );
  const connect = () => client.network.connect('b:2', new Recorder(), { timeoutMs: 5_000 });
  const near = await world.drive(connect());
  await world.run();
  server.freeze();
  near.write([Uint8Array.of(1, 2, 3)]);
  await world.drive(connect());
  await world.drive(sleep(client.clock, HOUR_MS), 2 * HOUR_MS);
  assert.deepEqual([far.bytes, accepted.length], [0, 1]);
  server.thaw();
  await world.run();
  assert.deepEqual([[...far.content], accepted.length], [[1, 2, 3], 2]);
});
