import type { CallHandler, Connection, ConnectionEvents, Listener } from '../../network.js';
import type { SimulatedProcess } from '../process.js';
import type { SimulatedConnection } from './connection.js';
import type { SimulatedFabric } from './fabric.js';

/** What a port serves: connections or unary calls. */
export type Service =
  | { readonly kind: 'connections'; readonly accept: (connection: Connection) => ConnectionEvents }
  | { readonly kind: 'calls'; readonly handlers: ReadonlyMap<string, CallHandler> };

/** How a listener that ends lets go of what it serves: it says so, or it is gone without a word. */
export type Ending = 'closed' | 'silent';

/** A port that a process listens on. It vanishes with the process. */
export class BoundPort implements Listener {
  readonly address: string;
  readonly process: SimulatedProcess;
  readonly service: Service;
  readonly #fabric: SimulatedFabric;
  readonly #connections = new Set<SimulatedConnection>();
  readonly #calls = new Set<(ending: Ending) => void>();
  readonly #forgetCrash: () => void;

  constructor(fabric: SimulatedFabric, process: SimulatedProcess, address: string, service: Service) {
    this.#fabric = fabric;
    this.process = process;
    this.address = address;
    this.service = service;
    this.#forgetCrash = process.onCrash((kind) => this.#vanish(kind === 'power' ? 'silent' : 'closed'));
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  close(): Promise<void> {
    return this.process.callAsync('network.close', this.address, 0, () => {
      this.#forgetCrash();
      for (const connection of [...this.#connections]) connection.drop();
      this.#vanish('closed');
    });
  }

  /** Follows a connection for as long as it is open. */
  holds(connection: SimulatedConnection): void {
    this.#connections.add(connection);
  }

  released(connection: SimulatedConnection): void {
    this.#connections.delete(connection);
  }

  /** Follows a call until the returned function is called; `onEnd` says that no reply will come from here. */
  begins(onEnd: (ending: Ending) => void): () => void {
    this.#calls.add(onEnd);
    return () => this.#calls.delete(onEnd);
  }

  #vanish(ending: Ending): void {
    this.#fabric.unbind(this);
    const calls = [...this.#calls];
    this.#calls.clear();
    for (const onEnd of calls) onEnd(ending);
  }
}
