import type { EnvCall, Fault } from '@tessera/env/simulated';
import type { Daemon } from '../cluster/daemon.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const TARGETS = { 'disk.sync': 4, 'disk.write': 2 } as const;
const METASERVER_SHARE = 0.3;
/** Shard logs and journals, as opposed to the small files beside them, which are synced more often. */
const LOG_PATH = /\/(log|journal)\//;
const LOG_SHARE = 0.8;
/** Whoever runs the cluster restarts a daemon whose disk has failed, within this, … */
const RESTART_MS_MAX = 5_000;
/** … and as often by switching the host off and on: what has failed has then never been on the disk. */
const POWER_SHARE = 0.5;

/**
 * Disks that fail a write or a sync, once. The daemon may give up, and is restarted, or its host is, if it does not. What
 * a failed sync was to make durable is lost with the next power loss, though it can be read until then.
 */
export class DiskErrors implements FaultSource {
  readonly #stage: FaultStage;
  readonly #arming: Recurring;
  readonly #struck = new Set<Daemon>();
  #armed: { daemon: Daemon; target: string; path: RegExp } | undefined;

  constructor(stage: FaultStage, plan: FaultPlan) {
    this.#stage = stage;
    const { draw, cluster } = stage;
    this.#arming = new Recurring(stage, plan.diskErrors, () => {
      const [metaserver, ...chunkservers] = cluster.daemons;
      const daemon = metaserver && draw.chance(METASERVER_SHARE) ? metaserver : draw.of(chunkservers);
      this.#armed = { daemon, target: draw.weighted(TARGETS), path: draw.chance(LOG_SHARE) ? LOG_PATH : /./ };
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
    if (!armed.path.test(call.subject)) return undefined;
    this.#armed = undefined;
    const { daemon } = armed;
    const { world, draw, cluster, tally } = this.#stage;
    tally(`failed ${call.kind} of a ${call.process.split(' ')[0]}`);
    cluster.noteLoss(daemon.host.name);
    daemon.excuse();
    this.#struck.add(daemon);
    const kind = draw.chance(POWER_SHARE) ? 'power' : 'kill';
    world.scheduler.schedule(draw.upTo(RESTART_MS_MAX), () => {
      if (this.#struck.has(daemon)) daemon.crash(kind);
    });
    return { type: 'error', code: 'IO' };
  }
}
