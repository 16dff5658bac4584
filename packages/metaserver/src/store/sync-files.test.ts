import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedWorld } from '@tessera/env/simulated';
import { syncFiles } from './sync-files.js';

test('what others left unsynced in a directory is durable; a missing directory is fine', async () => {
  const world = new SimulatedWorld({ seed: 'sync' });
  const host = world.host('host-1');
  host.disk.prepareDirectory('/view');
  const writer = host.start('writer');
  for (const name of ['a', 'b']) {
    const file = await world.drive(writer.disk.open(`/view/${name}`, 'create'));
    file.writeSync([Buffer.from(name.repeat(5_000))], 0);
    await world.drive(file.close());
  }
  writer.crash('kill');
  const { disk } = host.start('syncer');
  await world.drive(syncFiles(disk, '/view'));
  await world.drive(syncFiles(disk, '/nowhere'));
  host.crash();
  for (const name of ['a', 'b']) {
    assert.equal(Buffer.from(host.disk.content(`/view/${name}`) ?? []).toString(), name.repeat(5_000));
  }
});
