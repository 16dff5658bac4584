import { formatAddress, parseAddress } from '../../address.js';
import { NetworkError } from '../../network.js';
import { randomBelow, randomUnit } from '../../random.js';
import type { SimulatedHost } from '../host.js';
import type { SimulatedRandom } from '../random.js';
import type { SimulatedWorld } from '../world.js';
import type { BoundPort } from './bound-port.js';
import type { SimulatedConnection } from './connection.js';
import { NETWORK_DEFAULTS, type NetworkSettings } from './settings.js';

/** Ports given for port 0, and to the calling end of connections, count up from here. */
const FREE_PORT_MIN = 20_000;

/** A message between two processes of one host takes up to this. */
const LOCAL_DELAY_MS_MAX = 0.05;

/** Names by which a host means itself. */
const OWN_NAMES = new Set(['localhost', '127.0.0.1', '::1', '0.0.0.0', '::']);

/** A way that is slower than others. */
export interface SlowLink {
  /** On top of what all ways take. */
  readonly delayMs: number;
  /** What each connection and each call moves at most. */
  readonly bytesPerMs: number;
}

/** What joins the hosts: who listens where, which ways are cut, how long things take. */
export class SimulatedFabric {
  readonly world: SimulatedWorld;
  readonly settings: NetworkSettings;
  readonly random: SimulatedRandom;
  readonly #bound = new Map<string, BoundPort>();
  readonly #cut = new Set<string>();
  readonly #slow = new Map<string, SlowLink>();
  readonly #connections = new Set<SimulatedConnection>();
  #nextPort = FREE_PORT_MIN;

  constructor(world: SimulatedWorld, settings: Partial<NetworkSettings>) {
    this.world = world;
    this.settings = { ...NETWORK_DEFAULTS, ...settings };
    this.random = world.random.fork('network');
  }

  /** Cuts the way between two hosts: both directions, or with `oneWay` only what `from` sends to `to`. */
  partition(from: string, to: string, options: { oneWay?: boolean } = {}): void {
    this.#cut.add(way(from, to));
    if (!options.oneWay) this.#cut.add(way(to, from));
  }

  /** Cuts every way between the two sets of hosts. */
  split(ones: readonly string[], others: readonly string[]): void {
    for (const one of ones) for (const other of others) this.partition(one, other);
  }

  /** Mends both directions between two hosts; without arguments every cut. What waited behind it moves on. */
  heal(one?: string, other?: string): void {
    if (one === undefined || other === undefined) this.#cut.clear();
    else for (const cut of [way(one, other), way(other, one)]) this.#cut.delete(cut);
    for (const connection of this.#connections) connection.outgoing.resumeStalled();
  }

  /** Makes what `from` sends to `to` slow; undefined makes it as quick as the others again. */
  slow(from: string, to: string, link: SlowLink | undefined): void {
    if (link) this.#slow.set(way(from, to), link);
    else this.#slow.delete(way(from, to));
  }

  /** Breaks the open connections between two hosts, or all of one host's, or all. */
  breakConnections(one?: string, other?: string): void {
    for (const connection of [...this.#connections]) {
      const ends = [connection.process.host.name, connection.remoteHost];
      if ((one === undefined || ends.includes(one)) && (other === undefined || ends.includes(other))) {
        connection.fail(new NetworkError('BROKEN', `connection to ${connection.remote}: the network broke it`));
      }
    }
  }

  isCut(from: string, to: string): boolean {
    return this.#cut.has(way(from, to));
  }

  /** A connection needs both directions: acknowledgements travel back. */
  isCutEitherWay(one: string, other: string): boolean {
    return this.isCut(one, other) || this.isCut(other, one);
  }

  delayMs(from: string, to: string): number {
    if (from === to) return randomUnit(this.random) * LOCAL_DELAY_MS_MAX;
    const { delayMsMin, delayMsMax, stragglerChance, stragglerDelayMsMax } = this.settings;
    const slowMs = this.#slow.get(way(from, to))?.delayMs ?? 0;
    const delayMs = slowMs + delayMsMin + randomUnit(this.random) * (delayMsMax - delayMsMin);
    return this.chance(stragglerChance) ? delayMs + randomUnit(this.random) * stragglerDelayMsMax : delayMs;
  }

  /** How long so many bytes need to pass a point of the way. */
  transferMs(from: string, to: string, bytes: number): number {
    return bytes / (this.#slow.get(way(from, to))?.bytesPerMs ?? this.settings.bytesPerMs);
  }

  chance(chance: number): boolean {
    return chance > 0 && randomUnit(this.random) < chance;
  }

  /** Which host an address means when `self` uses it. @throws NetworkError ADDRESS_INVALID */
  resolve(address: string, self: SimulatedHost): { host: string; address: string } {
    const { host, port } = parseAddress(address);
    const name = OWN_NAMES.has(host) ? self.name : host;
    if (!this.world.findHost(name)) {
      throw new NetworkError('ADDRESS_INVALID', `${address}: the host name '${host}' cannot be resolved`);
    }
    return { host: name, address: formatAddress(name, port) };
  }

  /** Takes a port for a listener of `self`. @throws NetworkError ADDRESS_INVALID, ADDRESS_IN_USE */
  bind(address: string, self: SimulatedHost, make: (address: string) => BoundPort): BoundPort {
    const { port } = parseAddress(address);
    if (this.resolve(address, self).host !== self.name) {
      throw new NetworkError('ADDRESS_INVALID', `cannot listen on ${address}: this machine has no such address`);
    }
    const bound = formatAddress(self.name, port === 0 ? this.freePort() : port);
    if (this.#bound.has(bound)) {
      throw new NetworkError('ADDRESS_IN_USE', `cannot listen on ${address}: another process uses that port`);
    }
    const listener = make(bound);
    this.#bound.set(bound, listener);
    return listener;
  }

  unbind(listener: BoundPort): void {
    if (this.#bound.get(listener.address) === listener) this.#bound.delete(listener.address);
  }

  listener(address: string): BoundPort | undefined {
    return this.#bound.get(address);
  }

  /** A port that nobody has been given before. */
  freePort(): number {
    return this.#nextPort++;
  }

  opened(connection: SimulatedConnection): void {
    this.#connections.add(connection);
  }

  closed(connection: SimulatedConnection): void {
    this.#connections.delete(connection);
  }

  /** How many of the queued bytes travel as one piece: mostly many, sometimes few, so that pieces fall anywhere. */
  segmentBytes(queuedBytes: number): number {
    const most = Math.min(queuedBytes, SEGMENT_BYTES_MAX);
    return randomBelow(this.random, 8) === 0 ? 1 + randomBelow(this.random, most) : most;
  }
}

const SEGMENT_BYTES_MAX = 65_536;

function way(from: string, to: string): string {
  return `${from} > ${to}`;
}
