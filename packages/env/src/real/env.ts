import type { Env } from '../env.js';
import { RealClock } from './clock.js';
import { RealDisk } from './disk.js';
import { RealNetwork } from './network.js';
import { RealRandom } from './random.js';

export interface RealEnv extends Env {
  /** Closes cached channels to peers, so that a process can end. */
  close(): void;
}

/** The outside as it is: system clock, cryptographic randomness, file system, TCP and gRPC. */
export function createRealEnv(): RealEnv {
  const network = new RealNetwork();
  return {
    clock: new RealClock(),
    random: new RealRandom(),
    disk: new RealDisk(),
    network,
    close: () => network.close(),
  };
}
