import { readFileSync } from 'node:fs';
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
    boot: bootOf(),
    close: () => network.close(),
  };
}

/** Linux alone tells; it makes a new identity whenever it starts. */
function bootOf(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return undefined;
  }
}
