import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyWay, SimulatedRandom, SimulatedWorld } from './index.js';

test('every way is gone once, choices that depend on earlier ones included', async () => {
  const ways: string[] = [];
  const result = await everyWay(new SimulatedRandom(1), 100, async (choose) => {
    const first = choose(2);
    ways.push([first, choose(3), ...(first === 1 ? [choose(1), choose(2)] : [])].join(''));
  });
  assert.deepEqual(ways.sort(), ['00', '01', '02', '1000', '1001', '1100', '1101', '1200', '1201']);
  assert.deepEqual(result, { ways: 9, all: true });
});

test('where there are too many, some are drawn', async () => {
  const seen = new Set<number>();
  const result = await everyWay(new SimulatedRandom(1), 20, async (choose) => void seen.add(choose(1000)));
  assert.deepEqual(result, { ways: 20, all: false });
  assert.ok(seen.has(0) && seen.size > 15);
});

test('a power loss has every legal outcome: each sector as some write left it or as before, each length', async () => {
  const outcomes = new Set<string>();
  await everyWay(new SimulatedRandom(1), 1_000, async (choose) => {
    const world = new SimulatedWorld({ seed: 1 });
    const host = world.host('one');
    const { disk } = host.start('test');
    const file = await world.drive(disk.open('/f', 'create'));
    file.writeSync([new Uint8Array(1024).fill(97)], 0);
    await world.drive(file.sync());
    await world.drive(disk.syncDirectory('/'));
    file.writeSync([new Uint8Array(512).fill(98)], 0);
    file.writeSync([new Uint8Array(1024).fill(99)], 0);
    file.writeSync([new Uint8Array(512).fill(100)], 1024);
    host.disk.choose = choose;
    host.crash();
    const content = host.disk.content('/f') as Uint8Array;
    outcomes.add([0, 512, 1024].map((at) => String.fromCharCode(content[at] ?? 45)).join(''));
  });
  const expected = ['a', 'b', 'c'].flatMap((one) =>
    ['a', 'c'].flatMap((two) => ['d', '\0', '-'].map((three) => `${one}${two}${three}`)),
  );
  assert.deepEqual([...outcomes].sort(), expected.sort());
});
