import { DiskError } from '@tessera/env';
import type { Daemon } from '../cluster/daemon.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

/** What is left of a disk that fills up. */
const LEFT_BYTES = [0, 20_000, 200_000, 1_000_000] as const;
const LASTS_MS_MAX = 15_000;
const METASERVER_SHARE = 0.15;

/** Disks that others fill up, and make room on again after a while. A daemon that cannot go on then is started again. */
export class FullDisks implements FaultSource {
  readonly #recurring: Recurring;
  /** With the capacity they had. */
  readonly #full = new Map<Daemon, number>();

  constructor(stage: FaultStage, { fullDisks }: FaultPlan) {
    const { world, cluster, draw, tally } = stage;
    this.#recurring = new Recurring(stage, fullDisks, () => {
      const [metaserver, ...chunkservers] = cluster.daemons;
      const daemon = metaserver && draw.chance(METASERVER_SHARE) ? metaserver : draw.of(chunkservers);
      const { disk } = daemon.host;
      tally(daemon === metaserver ? 'full disk of the metaserver' : 'full disk of a chunkserver');
      if (!this.#full.has(daemon)) this.#full.set(daemon, disk.settings.capacityBytes);
      disk.settings.capacityBytes = disk.usedBytes + draw.of(LEFT_BYTES);
      world.scheduler.schedule(draw.upTo(LASTS_MS_MAX), () => this.#end(daemon));
    });
    cluster.onGiveUp((daemon, thrown) => (this.#full.has(daemon) && isForSpace(thrown) ? 'restart' : undefined));
  }

  start(): void {
    this.#recurring.start();
  }

  stop(): void {
    this.#recurring.stop();
    for (const daemon of [...this.#full.keys()]) this.#end(daemon);
  }

  #end(daemon: Daemon): void {
    const capacityBytes = this.#full.get(daemon);
    if (capacityBytes !== undefined) daemon.host.disk.settings.capacityBytes = capacityBytes;
    this.#full.delete(daemon);
  }
}

function isForSpace(thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (at instanceof DiskError && at.code === 'NO_SPACE') return true;
  }
  return false;
}
