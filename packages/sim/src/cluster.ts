import { startChunkserver } from '@tessera/chunkserver';
import { type Log, randomBelow, silentLog } from '@tessera/env';
import {
  isSimulatedCrash,
  type SimulatedHost,
  type SimulatedProcess,
  type SimulatedWorld,
} from '@tessera/env/simulated';
import { createSimulatedEngine, SimulatedKvStorage } from '@tessera/kv/simulated';
import { startMetaserver } from '@tessera/metaserver';
import { OracleViolation } from './oracle.js';

const METASERVER_HOST = 'meta';
const PORT = 7070;

/** One daemon of the simulated cluster: its current incarnation and how the next one starts. */
interface Daemon {
  readonly name: string;
  readonly host: SimulatedHost;
  readonly storage: SimulatedKvStorage;
  process: SimulatedProcess | undefined;
  running: { close(): Promise<void> } | undefined;
  start(env: ReturnType<typeof environment>, process: SimulatedProcess): Promise<{ close(): Promise<void> }>;
}

/** The real metaserver and chunkserver code on simulated hosts; what dies is started again. */
export class SimulatedCluster {
  readonly metaserver = `${METASERVER_HOST}:${PORT}`;
  readonly #world: SimulatedWorld;
  readonly #daemons: Daemon[] = [];
  readonly #restartMsMax: number;
  readonly #log: Log;
  #restarts = 0;
  #stopped = false;
  #failure: Error | undefined;

  constructor(world: SimulatedWorld, options: { chunkservers: number; restartMsMax: number; log?: Log }) {
    this.#world = world;
    this.#restartMsMax = options.restartMsMax;
    this.#log = options.log ?? silentLog;
    this.#add('metaserver', METASERVER_HOST, (env, process) =>
      startMetaserver(env, {
        directory: '/data',
        listen: this.metaserver,
        onFatal: (error) => this.#exit(process, error),
      }),
    );
    for (let index = 1; index <= options.chunkservers; index++) {
      const host = `host-${index}`;
      this.#add(`chunkserver-${index}`, host, (env, process) =>
        startChunkserver(env, {
          directory: '/data',
          metaserver: this.metaserver,
          listen: `${host}:${PORT}`,
          labels: [{ key: 'host', value: host }],
          logFileBytes: 8 * 1024 * 1024,
          onFatal: (error) => this.#exit(process, error),
        }),
      );
    }
  }

  /** An error that no fault explains; it ends the run. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get restarts(): number {
    return this.#restarts;
  }

  downCount(): number {
    return this.#daemons.filter((daemon) => daemon.running === undefined).length;
  }

  isDaemon(processName: string): boolean {
    return this.#daemons.some((daemon) => daemon.name === processName);
  }

  start(): void {
    for (const daemon of this.#daemons) this.#launch(daemon);
  }

  /** Kills every daemon at once; each comes back as after any crash. */
  crashAll(): void {
    for (const daemon of this.#daemons) daemon.process?.crash('power');
  }

  stop(): void {
    this.#stopped = true;
  }

  #add(name: string, hostName: string, start: Daemon['start']): void {
    const host = this.#world.host(hostName);
    const storage = new SimulatedKvStorage(host.random.fork('kv'));
    this.#daemons.push({ name, host, storage, process: undefined, running: undefined, start });
  }

  #launch(daemon: Daemon): void {
    if (this.#stopped) return;
    const process = daemon.host.start(daemon.name);
    daemon.process = process;
    process.onCrash(() => {
      daemon.running = undefined;
      this.#restarts++;
      const delayMs = 1 + randomBelow(this.#world.random, this.#restartMsMax);
      this.#world.scheduler.schedule(delayMs, () => this.#launch(daemon));
    });
    daemon.start(environment(process, daemon.storage, this.#log), process).then(
      (running) => {
        daemon.running = running;
      },
      (error) => this.#exit(process, error),
    );
  }

  /** A daemon that gives up exits. Whether it may depends on why: refusing its own data is a violation here. */
  #exit(process: SimulatedProcess, thrown: unknown): void {
    if (!process.alive || isSimulatedCrash(thrown)) return;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#failure ??= new OracleViolation(`${process.name} stopped by itself: ${error.message}`);
    this.#failure.cause ??= error;
    process.crash('kill');
  }
}

function environment(process: SimulatedProcess, storage: SimulatedKvStorage, log: Log) {
  const { clock, random, disk, network } = process;
  return { clock, random, disk, network, log, kv: createSimulatedEngine(process, storage) };
}
