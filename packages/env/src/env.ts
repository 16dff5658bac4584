import type { Clock } from './clock.js';
import type { Disk } from './disk.js';
import type { Network } from './network.js';
import type { Random } from './random.js';

/** Everything a process may use of the outside. */
export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
  /**
   * Which run of the operating system this is. While it is the same, what processes wrote to files is there, synced or
   * not, unless the disk failed. Undefined where that cannot be known.
   */
  readonly boot?: string | undefined;
}
