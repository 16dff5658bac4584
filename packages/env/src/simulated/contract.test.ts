import type { Fixture } from '../testing/fixture.js';
import { clockContract, diskContract, networkContract, randomContract } from '../testing/index.js';
import type { NetworkSettings } from './network/settings.js';
import { SimulatedRandom } from './random.js';
import { SimulatedWorld } from './world.js';

function fixture<T>(world: SimulatedWorld, subject: T): Fixture<T> {
  return { subject, drive: (body) => world.drive(body), close: async () => {} };
}

clockContract('simulated', async () => {
  const world = new SimulatedWorld({ seed: 1 });
  return fixture(world, world.host('one').start('test').clock);
});

randomContract('simulated', () => new SimulatedRandom('contract'));

diskContract('simulated', async () => {
  const world = new SimulatedWorld({ seed: 2 });
  const process = world.host('one').start('test');
  world.host('one').disk.prepareDirectory('/data');
  return fixture(world, { disk: process.disk, root: '/data' });
});

const networks: Record<string, { client: string; network: Partial<NetworkSettings> }> = {
  'between two hosts': { client: 'one', network: {} },
  'on one host': { client: 'two', network: {} },
  'far away': { client: 'one', network: { delayMsMin: 20, delayMsMax: 200, stragglerChance: 0.2, bytesPerMs: 10_000 } },
};

for (const [name, { client, network }] of Object.entries(networks)) {
  networkContract(`simulated ${name}`, async () => {
    const world = new SimulatedWorld({ seed: name, network });
    const clientProcess = world.host(client).start('client');
    const serverProcess = world.host('two').start('server');
    return fixture(world, {
      client: clientProcess.network,
      server: serverProcess.network,
      listenAddress: '0.0.0.0:0',
      deadAddress: 'two:1',
      clock: clientProcess.clock,
    });
  });
}
