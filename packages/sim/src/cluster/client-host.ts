import { connect } from '@tessera/client';
import type { SimulatedWorld } from '@tessera/env/simulated';
import type { ClientHost } from '../workload/client-host.js';

/** Chunkservers that layouts take for local ones. */
const NEAR = ['host-1', 'host-2'];

/** A simulated host on which clients of a metaserver run. */
export function simulatedClientHost(world: SimulatedWorld, metaserver: string, name: string): ClientHost {
  const host = world.host(name);
  return {
    name,
    start() {
      const process = host.start(name);
      return {
        env: process,
        get alive() {
          return process.alive;
        },
        connect: () => connect({ metaserver, env: process, name, hostNames: NEAR }),
        onCrash: (listener) => process.onCrash(listener),
        crash: () => process.crash('kill'),
        freeze: () => process.freeze(),
        thaw: () => process.thaw(),
        frozen: () => process.frozen,
      };
    },
    rest: (ms) =>
      new Promise((resolve) => {
        world.scheduler.schedule(ms, resolve);
      }),
  };
}
