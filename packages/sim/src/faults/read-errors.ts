import type { EnvCall, Fault } from '@tessera/env/simulated';
import type { Daemon } from '../cluster/daemon.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const TARGETS = { 'disk.read': 4, 'disk.readSync': 4, 'kv.get': 2, 'kv.getMany': 2, 'kv.scan': 1 } as const;
/** The metaserver asks its view for a single key only to make sure of what it inserts, in simulations alone. */
const TARGETS_OF_METASERVER = { 'disk.read': 3, 'kv.getMany': 3, 'kv.scan': 3 } as const;
const METASERVER_SHARE = 0.3;

/**
 * Reads of files and key-value stores that fail with EIO, once each. A daemon may give up, or take its disk for failed, and
 * is started again.
 */
export class ReadErrors implements FaultSource {
  readonly #stage: FaultStage;
  readonly #arming: Recurring;
  readonly #struck = new Set<Daemon>();
  #armed: { process: string; target: string } | undefined;

  constructor(stage: FaultStage, { readErrors }: FaultPlan) {
    this.#stage = stage;
    const { draw, cluster } = stage;
    this.#arming = new Recurring(stage, readErrors, () => {
      const [metaserver, ...chunkservers] = cluster.daemons;
      const daemon = metaserver && draw.chance(METASERVER_SHARE) ? metaserver : draw.of(chunkservers);
      const target = draw.weighted<string>(daemon === metaserver ? TARGETS_OF_METASERVER : TARGETS);
      this.#armed = { process: daemon.name, target };
    });
    cluster.onLaunch((daemon) => this.#struck.delete(daemon));
  }

  start(): void {
    this.#arming.start();
  }

  stop(): void {
    this.#arming.stop();
    this.#armed = undefined;
    for (const daemon of this.#struck) if (!daemon.isReady) daemon.crash('kill');
  }

  strike({ process, kind }: EnvCall): Fault | undefined {
    if (process !== this.#armed?.process || kind !== this.#armed.target) return undefined;
    this.#armed = undefined;
    const { cluster, tally } = this.#stage;
    const daemon = cluster.find(process) as Daemon;
    daemon.excuse();
    this.#struck.add(daemon);
    tally(`failed ${kind} of a ${process.split(' ')[0]}`);
    return { type: 'error', code: 'IO' };
  }
}
