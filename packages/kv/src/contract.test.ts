import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedRandom, SimulatedWorld } from '@tessera/env/simulated';
import { createLevelEngine } from './level/engine.js';
import { createMemoryEngine } from './memory/engine.js';
import { createSimulatedEngine } from './simulated/engine.js';
import { SimulatedKvStorage } from './simulated/storage.js';
import { engineContract } from './testing/engine-contract.js';

engineContract('level', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tessera-kv-'));
  return {
    engine: createLevelEngine(),
    root,
    drive: (body) => body,
    close: () => rm(root, { recursive: true }),
  };
});

engineContract('memory', async () => ({
  engine: createMemoryEngine(),
  root: '/memory',
  drive: (body) => body,
  close: async () => {},
}));

engineContract('simulated', async () => {
  const world = new SimulatedWorld({ seed: 'kv contract' });
  const storage = new SimulatedKvStorage(new SimulatedRandom('kv contract'));
  const engine = createSimulatedEngine(world.host('one').start('test'), storage);
  return { engine, root: '/simulated', drive: (body) => world.drive(body), close: async () => {} };
});
