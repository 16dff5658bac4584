import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedRandom } from '@tessera/env/simulated';
import { Draw } from '../draw.js';
import { type Cast, kindOf, scheduleFaults } from './faults.js';

const CAST: Cast = {
  daemons: ['metaserver', 'chunkserver-1', 'chunkserver-2', 'chunkserver-3'],
  clients: ['client-1', 'client-2'],
  metadataRoutes: ['metadata of client-1', 'metadata of chunkserver-1'],
  dataRoutes: ['data of chunkserver-1', 'data of chunkserver-2'],
};
const FOR_MS = 20_000;
const scheduleOf = (seed: string) => scheduleFaults(new Draw(new SimulatedRandom(seed)), CAST, FOR_MS);

test('the same seed tries the same, another one something else', () => {
  assert.deepEqual(scheduleOf('1'), scheduleOf('1'));
  assert.notDeepEqual(scheduleOf('1'), scheduleOf('2'));
});

test('faults come in order, within their time, and seeds together bring all kinds', () => {
  const kinds = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const schedule = scheduleOf(String(seed));
    let lastMs = 0;
    for (const { atMs, fault } of schedule) {
      assert.ok(atMs >= lastMs && atMs < FOR_MS, `${atMs} ms`);
      lastMs = atMs;
      kinds.add(kindOf(fault));
    }
  }
  const expected = [
    'kill of a metaserver',
    'kill of a chunkserver',
    'kill of several daemons',
    'stop of a metaserver',
    'stop of a chunkserver',
    'pause daemon',
    'pause client',
    'kill client',
    'route: refuse',
    ...['reset', 'end', 'cut request', 'cut reply', 'strand client', 'strand server'].map(
      (how) => `connections: ${how}`,
    ),
    ...['slow', 'narrow', 'hold', 'flip'].flatMap((what) =>
      ['up', 'down', 'both'].map((way) => `route: ${what} ${way}`),
    ),
  ];
  assert.deepEqual([...kinds].sort(), expected.sort());
});

test('bits are turned over only where checksums promise to notice', () => {
  for (let seed = 0; seed < 50; seed++) {
    for (const { fault } of scheduleOf(String(seed))) {
      if (fault.kind === 'flip') assert.ok(CAST.dataRoutes.includes(fault.route), fault.route);
    }
  }
});
