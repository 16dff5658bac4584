import type { RealClientHost } from './client/client-host.js';
import type { RealCluster } from './cluster/cluster.js';
import type { DaemonProcess } from './cluster/daemon-process.js';
import { type Direction, kindOf, type RealFault, type ScheduledFault } from './faults.js';
import type { Route } from './proxy/route.js';
import type { Way } from './proxy/way.js';

/** Lets a schedule of faults come over a cluster and its clients. */
export class RealNemesis {
  readonly #cluster: RealCluster;
  readonly #clients: ReadonlyMap<string, RealClientHost>;
  readonly #tally: (kind: string) => void;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Told of the kind of each fault that happens. */
  constructor(cluster: RealCluster, clients: readonly RealClientHost[], tally: (kind: string) => void) {
    this.#cluster = cluster;
    this.#clients = new Map(clients.map((client) => [client.name, client]));
    this.#tally = tally;
  }

  start(schedule: readonly ScheduledFault[]): void {
    for (const { atMs, fault } of schedule) this.#after(atMs, () => this.#strike(fault));
  }

  /** Nothing new happens, and what was paused, dead or cut off is so no longer. Stranded connections stay stranded. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const client of this.#clients.values()) client.resume();
    for (const route of this.#cluster.routes) route.heal();
    for (const daemon of this.#cluster.daemons) {
      daemon.signal('SIGCONT');
      daemon.launch();
    }
  }

  #strike(fault: RealFault): void {
    if (fault.kind === 'break' && this.#route(fault.route).connections === 0) return;
    this.#tally(kindOf(fault));
    switch (fault.kind) {
      case 'kill':
        for (const name of fault.daemons) this.#daemon(name).kill(fault.awayMs);
        return;
      case 'stop':
        for (const name of fault.daemons) this.#daemon(name).stop(fault.awayMs);
        return;
      case 'pause daemon': {
        const daemon = this.#daemon(fault.name);
        daemon.signal('SIGSTOP');
        this.#after(fault.forMs, () => daemon.signal('SIGCONT'));
        return;
      }
      case 'pause client': {
        const client = this.#client(fault.name);
        client.pause();
        this.#after(fault.forMs, () => client.resume());
        return;
      }
      case 'kill client':
        this.#client(fault.name).crash();
        return;
      case 'break':
        this.#route(fault.route).break(fault.how);
        return;
      default:
        this.#trouble(this.#route(fault.route), fault);
    }
  }

  #trouble(route: Route, fault: Extract<RealFault, { route: string; forMs: number }>): void {
    switch (fault.kind) {
      case 'refuse':
        route.isRefusing = true;
        this.#after(fault.forMs, () => {
          route.isRefusing = false;
        });
        return;
      case 'slow':
        this.#on(route, fault, (way, isOn) => {
          way.delayMs = isOn ? fault.ms : 0;
        });
        return;
      case 'narrow':
        this.#on(route, fault, (way, isOn) => {
          way.bytesPerSecond = isOn ? fault.bytesPerSecond : Number.POSITIVE_INFINITY;
        });
        return;
      case 'flip':
        this.#on(route, fault, (way, isOn) => {
          way.flipShare = isOn ? fault.share : 0;
        });
        return;
      case 'hold':
        this.#on(route, fault, (way, isOn) => {
          if (isOn) way.hold();
          else {
            if (fault.isReset) route.break('reset');
            way.release();
          }
        });
    }
  }

  #on(route: Route, fault: { way: Direction; forMs: number }, set: (way: Way, isOn: boolean) => void): void {
    const ways = fault.way === 'both' ? [route.up, route.down] : [route[fault.way]];
    for (const way of ways) set(way, true);
    this.#after(fault.forMs, () => {
      for (const way of ways) set(way, false);
    });
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #daemon(name: string): DaemonProcess {
    return found(
      this.#cluster.daemons.find((daemon) => daemon.name === name),
      name,
    );
  }

  #client(name: string): RealClientHost {
    return found(this.#clients.get(name), name);
  }

  #route(name: string): Route {
    return found(
      this.#cluster.routes.find((route) => route.name === name),
      name,
    );
  }
}

function found<T>(one: T | undefined, name: string): T {
  if (one === undefined) throw new TypeError(`nobody is called ${name}`);
  return one;
}
