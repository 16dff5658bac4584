import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Draw } from '../../draw.js';
import type { OracleViolation } from '../../oracle/violation.js';
import { Route } from '../proxy/route.js';
import { DaemonProcess } from './daemon-process.js';

export const METASERVER = 'metaserver';
/** After a kill it waits no longer for chunkservers that cannot be reached. */
const WITNESS_GRACE_MS = 2_000;

const POLL_MS = 50;

export interface RealClusterOptions {
  directory: string;
  chunkservers: number;
  /** So many of them have small disks, … */
  smallDisks: number;
  /** … of this capacity. */
  smallDiskBytes: number;
  /** The randomness of what befalls bytes. */
  drawOf(name: string): Draw;
  /** Told of each bit that was turned over. */
  onFlip(): void;
  /** Told of each incarnation of a daemon. */
  onStart(): void;
  onViolation(violation: OracleViolation): void;
}

/** Real daemons that reach each other, and are reached, through the proxy only. */
export class RealCluster {
  readonly daemons: readonly DaemonProcess[];
  /** To the metaserver, one for each that calls it, by its name. */
  readonly metadataRoutes = new Map<string, Route>();
  /** To each chunkserver, by its name. */
  readonly dataRoutes = new Map<string, Route>();
  readonly #options: RealClusterOptions;
  #metaserverAddress: string | undefined;
  #isEnded = false;

  constructor(options: RealClusterOptions) {
    this.#options = options;
    const names = Array.from({ length: options.chunkservers }, (_, index) => `chunkserver-${index + 1}`);
    this.daemons = [METASERVER, ...names].map((name) => this.#daemon(name));
  }

  /** Opens the routes and launches every daemon. */
  async start(): Promise<void> {
    const [metaserver, ...chunkservers] = this.daemons as [DaemonProcess, ...DaemonProcess[]];
    for (const { name } of chunkservers) {
      await this.openMetadataRoute(name);
      this.dataRoutes.set(name, await this.#route(`data of ${name}`));
    }
    if (this.#isEnded) return;
    for (const daemon of [metaserver, ...chunkservers]) daemon.launch();
  }

  /** Where the metaserver listens now, for whoever is spared the proxy. */
  get metaserver(): string {
    if (this.#metaserverAddress === undefined) throw new TypeError('the metaserver has not been ready yet');
    return this.#metaserverAddress;
  }

  get routes(): Route[] {
    return [...this.metadataRoutes.values(), ...this.dataRoutes.values()];
  }

  /** Daemons that are not ready. */
  get lacking(): DaemonProcess[] {
    return this.daemons.filter(({ isReady }) => !isReady);
  }

  /** A way to the metaserver for one more who calls it. */
  async openMetadataRoute(who: string): Promise<Route> {
    const route = await this.#route(`metadata of ${who}`);
    route.target = this.#metaserverAddress;
    this.metadataRoutes.set(who, route);
    return route;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Resolves once every daemon is ready, or the cluster has ended. */
  async whole(): Promise<void> {
    while (this.lacking.length > 0 && !this.#isEnded) await sleep(POLL_MS);
  }

  /** What each daemon said last. */
  logTails(): string {
    return this.daemons.map((daemon) => `== ${daemon.name}\n${daemon.logTail()}`).join('\n');
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all(this.daemons.map((daemon) => daemon.end()));
    for (const route of this.routes) route.close();
  }

  #route(name: string): Promise<Route> {
    return Route.open(name, this.#options.drawOf(`bytes, ${name}`), this.#options.onFlip);
  }

  #daemon(name: string): DaemonProcess {
    const { directory, onStart, onViolation } = this.#options;
    const isMetaserver = name === METASERVER;
    return new DaemonProcess({
      name,
      role: isMetaserver ? 'metaserver' : 'chunkserver',
      directory: path.join(directory, name),
      args: () => (isMetaserver ? ['--witness-grace-ms', String(WITNESS_GRACE_MS)] : this.#chunkserverArgs(name)),
      onReady: (address) => this.#ready(name, address),
      onStart,
      onViolation,
    });
  }

  #chunkserverArgs(name: string): string[] {
    const { smallDisks, smallDiskBytes } = this.#options;
    const number = Number(name.split('-')[1]);
    const args = ['--label', `host=${name}`];
    args.push('--metaserver', (this.metadataRoutes.get(name) as Route).address);
    args.push('--advertise', (this.dataRoutes.get(name) as Route).address);
    if (number <= smallDisks) args.push('--capacity-bytes', String(smallDiskBytes));
    return args;
  }

  #ready(name: string, address: string): void {
    if (name !== METASERVER) {
      (this.dataRoutes.get(name) as Route).target = address;
      return;
    }
    this.#metaserverAddress = address;
    for (const route of this.metadataRoutes.values()) route.target = address;
  }
}
