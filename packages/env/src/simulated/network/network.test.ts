import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../../clock.js';
import { CallStatus, type Connection, NetworkError, StatusCode } from '../../network.js';
import { Recorder } from '../../testing/recorder.js';
import { SimulatedWorld } from '../world.js';
import type { NetworkSettings } from './settings.js';

/** Two hosts; `b` serves calls at b:1 and connections at b:2. */
async function pair(seed: number | string, settings: Partial<NetworkSettings> = {}) {
  const world = new SimulatedWorld({ seed, network: settings });
  const client = world.host('a').start('client');
  const server = world.host('b').start('server');
  const handled: number[] = [];
  const far: { connection?: Connection; heard: Recorder } = { heard: new Recorder() };
  await world.drive(
    server.network.serve(
      'b:1',
      new Map([
        [
          '/x',
          async (request) => {
            handled.push(request[0] as number);
            await sleep(server.clock, 1);
            return request;
          },
        ],
      ]),
    ),
  );
  await world.drive(
    server.network.listen('b:2', (connection) => {
      far.connection = connection;
      return far.heard;
    }),
  );
  const call = (value: number, deadlineMs = 1_000) =>
    client.network.call('b:1', '/x', new Uint8Array([value]), { deadlineMs });
  const near = new Recorder();
  const connect = () => client.network.connect('b:2', near, { timeoutMs: 5_000 });
  return { world, client, server, handled, call, near, far, connect };
}

const isStatus = (code: number) => (error: unknown) => error instanceof CallStatus && error.statusCode === code;
const isError = (code: string) => (error: unknown) => error instanceof NetworkError && error.code === code;

test('a partition stops calls, one way only their replies, and healing ends it', async () => {
  const { world, call, handled } = await pair(1);
  world.fabric.partition('a', 'b');
  await assert.rejects(world.drive(call(1)), isStatus(StatusCode.DEADLINE_EXCEEDED));
  assert.deepEqual(handled, []);
  world.fabric.heal('a', 'b');
  assert.equal((await world.drive(call(2)))[0], 2);
  world.fabric.partition('b', 'a', { oneWay: true });
  await assert.rejects(world.drive(call(3)), isStatus(StatusCode.DEADLINE_EXCEEDED));
  assert.deepEqual(handled, [2, 3], 'the request got through, its reply did not');
  world.fabric.heal();
  world.fabric.split(['a'], ['b', 'c']);
  await assert.rejects(world.drive(call(4)), isStatus(StatusCode.DEADLINE_EXCEEDED));
  world.fabric.heal();
  assert.equal((await world.drive(call(5)))[0], 5);
});

test('calls are lost, doubled and reordered as the settings say', async () => {
  const { world, call, handled } = await pair(2, { lossChance: 0.2, duplicateChance: 0.2, stragglerChance: 0.2 });
  const outcomes = await world.drive(
    Promise.allSettled(Array.from({ length: 200 }, (_, index) => call(index % 256, 500))),
  );
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason.statusCode);
  assert.deepEqual(new Set(failed), new Set([StatusCode.DEADLINE_EXCEEDED, StatusCode.UNAVAILABLE]));
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') assert.equal(outcome.value[0], index);
  }
  const times = new Map<number, number>();
  for (const value of handled) times.set(value, (times.get(value) ?? 0) + 1);
  assert.ok([...times.values()].includes(2), 'some request arrived twice');
  assert.ok(times.size < 200, 'some request never arrived');
  assert.ok(
    outcomes.some((outcome, index) => outcome.status === 'rejected' && times.has(index)),
    'some request was handled although its caller heard of a failure',
  );
  assert.ok(
    handled.some((value, index) => index > 0 && value < (handled[index - 1] as number)),
    'some request overtook another',
  );
});

test('a crashed server: a killed one is UNAVAILABLE, one without power silent', async () => {
  for (const [kind, first, later] of [
    ['kill', StatusCode.UNAVAILABLE, StatusCode.UNAVAILABLE],
    ['power', StatusCode.DEADLINE_EXCEEDED, StatusCode.DEADLINE_EXCEEDED],
  ] as const) {
    const { world, client, server, call, handled } = await pair(kind);
    const pending = call(1);
    pending.catch(() => {});
    await world.run({ until: () => handled.length === 1 });
    server.crash(kind);
    await assert.rejects(world.drive(pending), isStatus(first));
    await assert.rejects(world.drive(call(2)), isStatus(later));
    const again = world.host('b').start('server');
    await world.drive(again.network.serve('b:1', new Map([['/x', async () => new Uint8Array([9])]])));
    assert.equal((await world.drive(call(3)))[0], 9);
    assert.ok(client.alive);
  }
});

test('a call whose server lost power ends as UNAVAILABLE when its deadline is far', async () => {
  const { world, server, call, handled } = await pair(1);
  const pending = call(1, 1_000_000);
  pending.catch(() => {});
  await world.run({ until: () => handled.length === 1 });
  server.crash('power');
  await assert.rejects(world.drive(pending), isStatus(StatusCode.UNAVAILABLE));
});

test('the connections of a crashed process break at its peers', async () => {
  for (const kind of ['kill', 'power'] as const) {
    const { world, server, near, connect } = await pair(kind);
    await world.drive(connect());
    server.crash(kind);
    await world.run({ until: () => near.closes === 1 });
    if (kind === 'power') assert.equal(near.error?.code, 'BROKEN');
    await assert.rejects(world.drive(connect()), isError(kind === 'kill' ? 'REFUSED' : 'TIMEOUT'));
  }
});

test('a connection waits behind a partition and goes on in order after it', async () => {
  const { world, client, near, far, connect } = await pair(3);
  const connection = await world.drive(connect());
  for (let index = 0; index < 200; index++) connection.write([new Uint8Array(1_000).fill(index)]);
  await world.run({ until: () => far.heard.bytes > 0 });
  world.fabric.partition('b', 'a', { oneWay: true });
  for (let index = 200; index < 250; index++) connection.write([new Uint8Array(1_000).fill(index)]);
  await world.drive(sleep(client.clock, 3_000));
  assert.ok(far.heard.bytes < 250_000);
  world.fabric.heal();
  await world.run({ until: () => far.heard.bytes === 250_000 });
  const { content } = far.heard;
  for (let index = 0; index < 250; index++) {
    assert.ok(content.subarray(index * 1_000, (index + 1) * 1_000).every((byte) => byte === index));
  }
  assert.equal(near.closes, 0);
});

test('what is under way when a partition ends does not overtake what waited behind it', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { world, client, far, connect } = await pair(seed, { bytesPerMs: 1_000, delayMsMin: 1, delayMsMax: 30 });
    const connection = await world.drive(connect());
    const sent = client.random.fill(new Uint8Array(1_000_000));
    connection.write([sent]);
    await world.drive(sleep(client.clock, 200));
    world.fabric.partition('a', 'b');
    await world.drive(sleep(client.clock, 200));
    world.fabric.heal();
    await world.run({ until: () => far.heard.bytes === sent.length });
    assert.ok(far.heard.content.equals(sent), `seed ${seed}`);
  }
});

test('a partition that lasts breaks a connection with data in it, at both ends', async () => {
  const { world, near, far, connect } = await pair(4);
  const connection = await world.drive(connect());
  world.fabric.partition('a', 'b');
  connection.write([new Uint8Array(10)]);
  await world.run({ until: () => near.closes === 1 && far.heard.closes === 1 });
  assert.deepEqual([near.error?.code, far.heard.error?.code], ['BROKEN', 'BROKEN']);
  assert.ok(world.nowMs >= 15_000);
  await assert.rejects(world.drive(connect()), isError('TIMEOUT'));
});

test('connections open through losses and break when told or by chance', async () => {
  const lossy = await pair(5, { lossChance: 0.5 });
  let opened = 0;
  for (let attempt = 0; attempt < 20; attempt++) {
    const outcome = await lossy.world.drive(lossy.connect().catch(() => undefined));
    if (outcome) opened++;
  }
  assert.ok(opened >= 15, `${opened} of 20`);

  const told = await pair(6);
  await told.world.drive(told.connect());
  told.world.fabric.breakConnections('a', 'c');
  await told.world.run();
  assert.equal(told.near.closes, 0);
  told.world.fabric.breakConnections('a', 'b');
  await told.world.run();
  assert.deepEqual([told.near.closes, told.far.heard.closes, told.near.error?.code], [1, 1, 'BROKEN']);

  const fragile = await pair(7, { breakChance: 0.2 });
  const connection = await fragile.world.drive(fragile.connect());
  for (let index = 0; index < 100 && fragile.near.closes === 0; index++) {
    connection.write([new Uint8Array(10)]);
    await fragile.world.drive(sleep(fragile.client.clock, 5));
  }
  assert.equal(fragile.near.closes, 1);
});

test('a chunk that changes after it was sent, or is changed by its receiver, does no harm', async () => {
  const { world, far, connect } = await pair(8);
  const connection = await world.drive(connect());
  const chunk = new Uint8Array(100).fill(1);
  connection.write([chunk]);
  chunk.fill(2);
  await world.run({ until: () => far.heard.bytes === 100 });
  assert.ok(far.heard.content.every((byte) => byte === 1));
  far.heard.chunks[0]?.fill(3);
  assert.equal(chunk[0], 2);
});

test('pieces arrive cut anywhere', async () => {
  const { world, far, connect } = await pair(9);
  const connection = await world.drive(connect());
  for (let index = 0; index < 300; index++) {
    connection.write([new Uint8Array(700)]);
    await world.drive(sleep(world.host('a').start('timer').clock, 0.1));
  }
  await world.run({ until: () => far.heard.bytes === 210_000 });
  assert.ok(far.heard.chunks.some(({ length }) => length < 700));
});

test('the network can be the reason that a call fails', async () => {
  const { world, call, handled, connect } = await pair(10);
  world.faults = (call_) => (call_.kind.startsWith('network.c') ? { type: 'error', code: 'REFUSED' } : undefined);
  await assert.rejects(world.drive(call(1)), isStatus(StatusCode.UNAVAILABLE));
  await assert.rejects(world.drive(connect()), isError('REFUSED'));
  assert.deepEqual(handled, []);
});

test('crashed before a call nothing is sent, after it the request is on its way', async () => {
  for (const when of ['before', 'after'] as const) {
    const { world, client, call, handled } = await pair(when);
    world.faults = (made) => (made.kind === 'network.call' ? { type: 'crash', when, kind: 'kill' } : undefined);
    let settled = false;
    call(1).finally(() => {
      settled = true;
    });
    await world.run();
    assert.equal(client.alive, false);
    assert.equal(settled, false);
    assert.deepEqual(handled, when === 'before' ? [] : [1]);
  }
});

test('a slow link delays calls and connections one way, by its latency and by their length', async () => {
  const { world, client, call, far, connect } = await pair(9);
  const near = await world.drive(connect());
  await world.run();
  const took = async (what: () => Promise<unknown>) => {
    const fromMs = world.nowMs;
    await world.drive(what());
    return world.nowMs - fromMs;
  };
  assert.ok((await took(() => call(1))) < 100);
  world.fabric.slow('a', 'b', { delayMs: 300, bytesPerMs: 10 });
  const slowMs = await took(() => call(2));
  assert.ok(slowMs >= 300 && slowMs < 400, `${slowMs}`);
  const longMs = await took(() => client.network.call('b:1', '/x', new Uint8Array(5_000), { deadlineMs: 5_000 }));
  assert.ok(longMs >= 800 && longMs < 900, `${longMs}`);
  const fromMs = world.nowMs;
  near.write([new Uint8Array(20_000)]);
  await world.run({ until: () => far.heard.bytes === 20_000 });
  assert.ok(world.nowMs - fromMs >= 2_300 && world.nowMs - fromMs < 2_500, `${world.nowMs - fromMs}`);
  world.fabric.slow('a', 'b', undefined);
  assert.ok((await took(() => call(3))) < 100);
});
