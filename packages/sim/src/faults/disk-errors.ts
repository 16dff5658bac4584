import type { EnvCall, Fault } from '@tessera/env/simulated';
import type { Daemon } from '../cluster/daemon.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const TARGETS = { 'disk.sync': 4, 'disk.write': 2 } as const;
const METASERVER_SHARE = 0.3;
/** Whoever runs the cluster restarts a daemon whose disk has failed, within this. */
const RESTART_MS_MAX = 5_000;

/**
 * Disks that fail a write or a sync, once. The daemon may give up, and is restarted if it does not. What a failed sync
 * was to make durable is lost with the next power loss, though it can be read until then.
 */
export class DiskErrors implements FaultSource {
  readonly #stage: FaultStage;
  readonly #arming: Recurring;
  readonly #struck = new Set<Daemon>();
  #armed: { daemon: Daemon; target: string } | undefined;

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    const { draw, cluster } = stage;
    this.#arming = new Recurring(stage, plan.diskErrors, () => {
      const [metaserver, ...chunkservers] = cluster.daemons;
      const daemon = metaserver && draw.chance(METASERVER_SHARE) ? metaserver : draw.of(chunkservers);
      this.#armed = { daemon, target: draw.weighted(TARGETS) };
    });
    cluster.onLaunch((daemon) => this.#struck.delete(daemon));
  }

  start(): void {
    this.#arming.start();
  }

  stop(): void {
    this.#arming.stop();
    this.#armed = undefined;
    for (const daemon of this.#struck) daemon.crash('kill');
  }

  strike(call: EnvCall): Fault | undefined {
    const armed = this.#armed;
    if (!armed || call.process !== armed.daemon.name || call.kind !== armed.target) return undefined;
    this.#armed = undefined;
    const { daemon } = armed;
    const { world, draw, cluster, tally } = this.#stage;
    tally(`failed ${call.kind} of a ${call.process.split(' ')[0]}`);
    cluster.noteLoss(daemon.host.name);
    daemon.excuse();
    this.#struck.add(daemon);
    world.scheduler.schedule(draw.upTo(RESTART_MS_MAX), () => {
      if (this.#struck.has(daemon)) daemon.crash('kill');
    });
    return { type: 'error', code: 'IO' };
  }
}
