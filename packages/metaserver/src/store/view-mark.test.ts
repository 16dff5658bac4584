import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedWorld } from '@tessera/env/simulated';
import { readViewMark, type ViewMark, writeViewMark } from './view-mark.js';

test('a mark comes back as it was written, and one with any flipped bit or another length is unreadable', async () => {
  const world = new SimulatedWorld({ seed: 'mark' });
  const { disk } = world.host('host-1');
  disk.prepareDirectory('/data');
  const process = world.host('host-1').start('metaserver');
  const read = () => world.drive(readViewMark(process.disk, '/data'));
  assert.equal(await read(), undefined);
  for (const state of ['dirty', 'clean', 'damaged'] as const) {
    const mark: ViewMark = { state, lsn: 2 ** 40 + 7, chain: new Uint8Array(32).fill(5) };
    await world.drive(writeViewMark(process.disk, '/data', mark));
    assert.deepEqual(await read(), mark);
  }
  const path = '/data/view.mark';
  const { length } = disk.content(path) as Uint8Array;
  for (let at = 0; at < length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      disk.flipBit(path, at, bit);
      assert.equal(await read(), 'unreadable', `bit ${bit} of byte ${at}`);
      disk.flipBit(path, at, bit);
    }
  }
  const resize = async (bytes: number) => {
    const file = await process.disk.open(path, 'write');
    await file.truncate(bytes);
    await file.close();
  };
  for (const bytes of [length + 1, length - 1, 0]) {
    await world.drive(resize(bytes));
    assert.equal(await read(), 'unreadable');
  }
});
