import { startChunkserver } from '@tessera/chunkserver';
import { type Log, silentLog } from '@tessera/env';
import type { CrashKind, SimulatedDisk, SimulatedWorld } from '@tessera/env/simulated';
import { SimulatedKvStorage } from '@tessera/kv/simulated';
import { type Metaserver, startMetaserver } from '@tessera/metaserver';
import { Draw } from '../draw.js';
import { checkBounds, leftovers } from '../oracle/bounds.js';
import type { OracleViolation } from '../oracle/violation.js';
import type { ClusterPlan } from '../plan.js';
import { Daemon, type Start, type Verdict } from './daemon.js';
import { chunkserverMeasures, metaserverMeasures } from './measures.js';

export const METASERVER_HOST = 'meta';
export const DATA_DIRECTORY = '/data';
const PORT = 7070;
/** In heartbeats that a chunkserver misses. */
const SUSPECT_HEARTBEATS = 3;
const DOWN_HEARTBEATS = 10;
const BOUNDS_CHECK_MS = 250;

export interface ClusterOptions {
  plan: ClusterPlan;
  /** What died comes back within this. */
  restartMsMax: number;
  /** Where a daemon logs. */
  logOf?: ((daemon: string) => Log) | undefined;
}

/** A host lost power. */
export interface PowerLoss {
  readonly host: string;
  readonly atMs: number;
}

/** The real metaserver and chunkserver code on simulated hosts; what dies is started again. */
export class SimulatedCluster {
  /** host:port. */
  readonly metaserver = `${METASERVER_HOST}:${PORT}`;
  readonly daemons: readonly Daemon[];
  readonly powerLosses: PowerLoss[] = [];
  readonly #world: SimulatedWorld;
  readonly #draw: Draw;
  readonly #restartMsMax: number;
  readonly #onLaunch: ((daemon: Daemon) => void)[] = [];
  readonly #onDeath: ((daemon: Daemon, kind: CrashKind) => void)[] = [];
  readonly #onGiveUp: ((daemon: Daemon, thrown: unknown) => Verdict | undefined)[] = [];
  /** By host. */
  readonly #storages = new Map<string, SimulatedKvStorage>();
  /** Rejects with what no fault explains. */
  readonly failed: Promise<never>;
  #fail: (violation: OracleViolation) => void = () => {};
  #metaserverState: Metaserver['cluster'] | undefined;
  #stopped = false;
  #crashes = 0;

  constructor(world: SimulatedWorld, options: ClusterOptions) {
    this.#world = world;
    this.#draw = new Draw(world.random.fork('restarts'));
    this.#restartMsMax = options.restartMsMax;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever drives the run looks at it; until then it is no unhandled rejection.
    this.failed.catch(() => {});
    const { plan } = options;
    this.daemons = [
      this.#daemon(options, METASERVER_HOST, 'metaserver', this.#metaserver(plan)),
      ...plan.chunkserverHosts.map((host) =>
        this.#daemon(options, host, `chunkserver on ${host}`, this.#chunkserver(plan, host)),
      ),
    ];
  }

  /** Ends of incarnations, stops in order among them. */
  get crashes(): number {
    return this.#crashes;
  }

  get downCount(): number {
    return this.daemons.filter((daemon) => !daemon.isServing && !daemon.isLost).length;
  }

  /** Daemons that do not do all that is asked of them, though they could. */
  get lacking(): Daemon[] {
    return this.daemons.filter((daemon) => !daemon.isReady && !daemon.isLost);
  }

  find(name: string): Daemon | undefined {
    return this.daemons.find((daemon) => daemon.name === name);
  }

  diskOf(host: string): SimulatedDisk {
    return this.#world.host(host).disk;
  }

  /** The key-value stores of a host. */
  storageOf(host: string): SimulatedKvStorage {
    const storage = this.#storages.get(host);
    if (storage === undefined) throw new RangeError(`no daemon runs on ${host}`);
    return storage;
  }

  onLaunch(listener: (daemon: Daemon) => void): void {
    this.#onLaunch.push(listener);
  }

  onDeath(listener: (daemon: Daemon, kind: CrashKind) => void): void {
    this.#onDeath.push(listener);
  }

  /** Asks whether a fault explains that a daemon gives up, and what comes of it then. */
  onGiveUp(listener: (daemon: Daemon, thrown: unknown) => Verdict | undefined): void {
    this.#onGiveUp.push(listener);
  }

  /** Whether the metaserver that runs, or ran last, has heard that a chunkserver does not vouch for a shard. */
  isDoubted(server: number, pg: number, stripe: bigint, slot: number): boolean {
    return this.#metaserverState?.isDoubtful(server, pg, stripe, slot) ?? false;
  }

  /** Whether the metaserver that runs, or ran last, knows a chunkserver of that host. */
  isRegistered(host: string): boolean {
    const servers = [...(this.#metaserverState?.servers() ?? [])];
    return servers.some(({ address }) => address.split(':')[0] === host);
  }

  /** From now on the host lacks what it had not made durable, as after a power loss. */
  noteLoss(host: string): void {
    this.powerLosses.push({ host, atMs: this.#world.nowMs });
  }

  start(): void {
    for (const daemon of this.daemons) daemon.launch();
    this.#watchBounds();
  }

  /** What daemons still hold for clients. */
  get leftovers(): string[] {
    return this.daemons.flatMap(({ name, measures }) => leftovers(name, measures));
  }

  /** Every host at once; the daemons come back as after any crash. */
  losePowerEverywhere(): void {
    for (const daemon of this.daemons) daemon.losePower();
  }

  /** What dies from now on stays down. */
  stop(): void {
    this.#stopped = true;
  }

  #watchBounds(): void {
    try {
      for (const { name, measures } of this.daemons) checkBounds(name, measures);
    } catch (thrown) {
      this.#fail(thrown as OracleViolation);
    }
    if (!this.#stopped) this.#world.scheduler.schedule(BOUNDS_CHECK_MS, () => this.#watchBounds());
  }

  #daemon({ plan, logOf }: ClusterOptions, hostName: string, name: string, start: Start): Daemon {
    const { junkAfterPowerLoss, metaserverSyncMsMax, chunkserverSyncMsMax } = plan;
    const syncMsMax = hostName === METASERVER_HOST ? metaserverSyncMsMax : chunkserverSyncMsMax;
    const host = this.#world.host(hostName, { junkAfterPowerLoss, syncMsMax });
    const storage = new SimulatedKvStorage(host.random.fork('kv'), { loss: plan.kvLoss });
    this.#storages.set(hostName, storage);
    const events = {
      launched: (daemon: Daemon) => {
        for (const listener of this.#onLaunch) listener(daemon);
      },
      died: (daemon: Daemon, kind: CrashKind) => this.#died(daemon, kind),
      lostPower: ({ host }: Daemon) => this.noteLoss(host.name),
      gaveUp: (daemon: Daemon, thrown: unknown) => {
        for (const explain of this.#onGiveUp) {
          const verdict = explain(daemon, thrown);
          if (verdict) return verdict;
        }
        return undefined;
      },
      failed: (violation: OracleViolation) => this.#fail(violation),
    };
    return new Daemon({ world: this.#world, host, name, storage, log: logOf?.(name) ?? silentLog, start, events });
  }

  #metaserver(plan: ClusterPlan): Start {
    return async (env, onFatal) => {
      const running = await startMetaserver(env, {
        directory: DATA_DIRECTORY,
        listen: this.metaserver,
        storeLimits: plan.storeLimits,
        checkInserts: plan.checkInserts,
        heartbeatMs: plan.heartbeatMs,
        suspectMs: SUSPECT_HEARTBEATS * plan.heartbeatMs,
        downMs: DOWN_HEARTBEATS * plan.heartbeatMs,
        leaseMs: plan.leaseMs,
        metadata: {
          sessionIdleMs: plan.sessionIdleMs,
          sessionSweepMs: plan.sessionSweepMs,
          reaperIntervalMs: plan.reaperMs,
        },
        onFatal,
      });
      this.#metaserverState = running.cluster;
      return {
        isReady: () => running.store.checked,
        measures: () => metaserverMeasures(running),
        close: () => running.close(),
      };
    };
  }

  #chunkserver(plan: ClusterPlan, host: string): Start {
    return async (env, onFatal) => {
      const running = await startChunkserver(env, {
        directory: DATA_DIRECTORY,
        metaserver: this.metaserver,
        listen: `${host}:${PORT}`,
        labels: [{ key: 'host', value: host }],
        logFileBytes: plan.logFileBytes,
        limits: plan.dataPlane,
        onFatal,
      });
      const isReady = () => {
        const { isServing, fields } = running.health();
        return isServing && fields.registered === true;
      };
      return { isReady, measures: () => chunkserverMeasures(running), close: () => running.close() };
    };
  }

  #died(daemon: Daemon, kind: CrashKind): void {
    this.#crashes++;
    for (const listener of this.#onDeath) listener(daemon, kind);
    if (this.#stopped) return;
    this.#world.scheduler.schedule(1 + this.#draw.upTo(this.#restartMsMax), () => {
      if (!this.#stopped) daemon.launch();
    });
  }
}
