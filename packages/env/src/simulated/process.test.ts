import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../clock.js';
import { type CrashKind, SimulatedCrash } from './crash.js';
import { SimulatedWorld } from './world.js';

test('after a crash timers never fire, calls never settle, synchronous ones throw', async () => {
  for (const kind of ['power', 'kill'] satisfies CrashKind[]) {
    const world = new SimulatedWorld({ seed: kind });
    const process = world.host('one').start('test');
    const file = await world.drive(process.disk.open('/a', 'create'));
    const heard: string[] = [];
    const listen = (name: string, promise: Promise<unknown>) =>
      promise.then(
        () => heard.push(name),
        () => heard.push(name),
      );
    listen('read', file.read(new Uint8Array(10), 0));
    listen('sync', file.sync());
    listen('call', process.network.call('one:1', '/x', new Uint8Array(1), { deadlineMs: 10 }));
    listen('sleep', sleep(process.clock, 5));
    process.crash(kind);
    assert.equal(process.alive, false);
    listen('stat', process.disk.stat('/a'));
    listen('late call', process.network.call('one:1', '/x', new Uint8Array(1), { deadlineMs: 10 }));
    listen('connect', process.network.connect('one:1', { data() {}, drain() {}, close() {} }, { timeoutMs: 5 }));
    assert.throws(() => process.clock.monotonicMs(), SimulatedCrash);
    assert.throws(() => process.clock.wallNs(), SimulatedCrash);
    assert.throws(() => process.clock.schedule(1, () => {}), SimulatedCrash);
    assert.throws(() => file.writeSync([new Uint8Array(1)], 0), SimulatedCrash);
    assert.throws(() => file.readSync(new Uint8Array(1), 0), SimulatedCrash);
    await world.run();
    assert.deepEqual(heard, []);
  }
});

test('a power loss takes every process of the host, a kill only one', () => {
  const world = new SimulatedWorld({ seed: 1 });
  const [one, two, far] = [world.host('a').start('one'), world.host('a').start('two'), world.host('b').start('far')];
  one.crash('kill');
  assert.deepEqual([one.alive, two.alive, far.alive], [false, true, true]);
  two.crash('power');
  assert.deepEqual([two.alive, far.alive], [false, true]);
  assert.equal(world.host('a').powered, false);
  const again = world.host('a').start('one');
  assert.deepEqual([again.incarnation, again.alive, world.host('a').powered], [2, true, true]);
});

test('the same seed gives the same trace, another seed another', async () => {
  const run = async (seed: number) => {
    const world = new SimulatedWorld({ seed, timerLatenessMsMax: 1, network: { lossChance: 0.1 } });
    const server = world.host('a').start('server');
    const client = world.host('b').start('client');
    await world.drive(server.network.serve('a:1', new Map([['/x', async (request) => request]])));
    const calls = Array.from({ length: 50 }, async (_, index) => {
      await sleep(client.clock, client.random.uint32() % 50);
      await client.network.call('a:1', '/x', new Uint8Array([index]), { deadlineMs: 100 }).catch(() => {});
    });
    await world.drive(Promise.all(calls));
    return `${world.trace.digest()} ${world.trace.events}`;
  };
  const first = await run(7);
  assert.equal(await run(7), first);
  assert.notEqual(await run(8), first);
});

test('the trace sees every byte of small payloads and the length of large ones', async () => {
  const digest = async (payload: Uint8Array) => {
    const world = new SimulatedWorld({ seed: 1 });
    const file = await world.drive(world.host('a').start('test').disk.open('/a', 'create'));
    file.writeSync([payload], 0);
    return world.trace.digest();
  };
  const plain = await digest(new Uint8Array(200));
  for (let index = 0; index < 200; index += 37) {
    const changed = new Uint8Array(200);
    changed[index] = 1;
    assert.notEqual(await digest(changed), plain);
  }
  assert.notEqual(await digest(new Uint8Array(100_001)), await digest(new Uint8Array(100_000)));
});

test('wall clocks jump alone, monotonic ones differ between hosts and never go back', async () => {
  const world = new SimulatedWorld({ seed: 1, startWallNs: 5_000_000_000n });
  const [one, two] = [world.host('a').start('test').clock, world.host('b').start('test').clock];
  assert.equal(one.wallNs(), 5_000_000_000n);
  assert.notEqual(one.monotonicMs(), two.monotonicMs());
  const before = one.monotonicMs();
  world.host('a').jumpWall(-2_000);
  assert.equal(one.wallNs(), 3_000_000_000n);
  assert.equal(two.wallNs(), 5_000_000_000n);
  assert.equal(one.monotonicMs(), before);
  await world.drive(sleep(one, 1.5));
  assert.equal(one.monotonicMs(), before + 1.5);
  assert.equal(one.wallNs(), 3_001_500_000n);
});
