import type { Timer } from '../../clock.js';
import { LISTENER_CONNECTIONS_MAX } from '../../limits.js';
import { type Connection, type ConnectionEvents, NetworkError } from '../../network.js';
import type { SimulatedProcess } from '../process.js';
import { SimulatedConnection } from './connection.js';
import type { SimulatedFabric } from './fabric.js';

/** What got lost while a connection opens is sent again after this. */
const RETRANSMIT_MS = 1_000;

/** One attempt to open a connection: a request there, an answer back, both sent again until one arrives. */
export class Dial {
  readonly #fabric: SimulatedFabric;
  readonly #process: SimulatedProcess;
  readonly #target: { readonly host: string; readonly address: string };
  readonly #events: ConnectionEvents;
  readonly #resolve: (connection: Connection) => void;
  readonly #reject: (error: NetworkError) => void;
  readonly #timer: Timer;
  #reached = false;
  #answered = false;
  #pending = true;

  /** @throws NetworkError ADDRESS_INVALID */
  constructor(
    fabric: SimulatedFabric,
    process: SimulatedProcess,
    address: string,
    events: ConnectionEvents,
    timeoutMs: number,
    settle: { resolve: (connection: Connection) => void; reject: (error: NetworkError) => void },
  ) {
    this.#fabric = fabric;
    this.#process = process;
    this.#target = fabric.resolve(address, process.host);
    this.#events = events;
    this.#resolve = settle.resolve;
    this.#reject = settle.reject;
    this.#timer = process.schedule(timeoutMs, () =>
      this.#fail(new NetworkError('TIMEOUT', `connection to ${address}: no answer within ${timeoutMs} ms`)),
    );
    this.#request();
  }

  #request(): void {
    this.#persist(
      () => this.#pending && !this.#reached,
      this.#process.host.name,
      this.#target.host,
      () => this.#arrive(),
    );
  }

  #arrive(): void {
    const { host, address } = this.#target;
    if (this.#reached || !this.#fabric.world.findHost(host)?.powered) return;
    this.#reached = true;
    const listener = this.#fabric.listener(address);
    if (listener?.service.kind !== 'connections' || listener.openConnections >= LISTENER_CONNECTIONS_MAX) {
      this.#answer(() => this.#fail(new NetworkError('REFUSED', `connection to ${address}: nothing listens there`)));
      return;
    }
    const callerAddress = `${this.#process.host.name}:${this.#fabric.freePort()}`;
    const caller = { address: callerAddress, host: this.#process.host.name };
    const far = new SimulatedConnection(this.#fabric, listener.process, caller, listener);
    const near = new SimulatedConnection(this.#fabric, this.#process, this.#target, undefined);
    SimulatedConnection.pair(near, far);
    this.#answer(() => this.#open(near));
    const { service } = listener;
    listener.process.whenRunning(() => {
      if (this.#fabric.listener(address) === listener) far.open(service.accept(far));
      else far.drop();
    });
  }

  #open(near: SimulatedConnection): void {
    if (!this.#pending) {
      near.open(SILENT);
      near.drop();
      return;
    }
    this.#pending = false;
    this.#timer.cancel();
    near.open(this.#events);
    this.#resolve(near);
  }

  #answer(then: () => void): void {
    const once = () => {
      if (this.#answered) return;
      this.#answered = true;
      then();
    };
    this.#persist(() => !this.#answered && this.#process.alive, this.#target.host, this.#process.host.name, once);
  }

  #fail(error: NetworkError): void {
    if (!this.#pending) return;
    this.#pending = false;
    this.#timer.cancel();
    this.#reject(error);
  }

  #persist(wanted: () => boolean, from: string, to: string, arrive: () => void): void {
    if (!wanted()) return;
    const fabric = this.#fabric;
    const { scheduler } = fabric.world;
    const lost = from !== to && fabric.chance(fabric.settings.lossChance);
    if (!lost) {
      scheduler.schedule(fabric.delayMs(from, to), () => {
        if (!fabric.isCut(from, to)) arrive();
      });
    }
    scheduler.schedule(RETRANSMIT_MS, () => this.#persist(wanted, from, to, arrive));
  }
}

/** For an end whose owner has stopped waiting for it. */
const SILENT: ConnectionEvents = { data() {}, drain() {}, close() {} };
