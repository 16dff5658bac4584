import {
  type CallHandler,
  type CallOptions,
  CallStatus,
  type Connection,
  type ConnectionEvents,
  type Listener,
  type Network,
  NetworkError,
  type NetworkErrorCode,
  StatusCode,
} from '../../network.js';
import type { SimulatedProcess } from '../process.js';
import { BoundPort, type Service } from './bound-port.js';
import { startCall } from './call.js';
import { Dial } from './dial.js';
import type { SimulatedFabric } from './fabric.js';

/** The network as one incarnation of a process uses it. */
export class ProcessNetwork implements Network {
  readonly #process: SimulatedProcess;
  readonly #fabric: SimulatedFabric;

  constructor(process: SimulatedProcess, fabric: SimulatedFabric) {
    this.#process = process;
    this.#fabric = fabric;
  }

  connect(address: string, events: ConnectionEvents, options: { timeoutMs: number }): Promise<Connection> {
    return this.#process.start('network.connect', address, undefined, (fault, resolve, reject) => {
      if (fault?.type === 'error') throw injected(address, fault.code);
      new Dial(this.#fabric, this.#process, address, events, options.timeoutMs, { resolve, reject });
      this.#process.leave(fault);
    });
  }

  listen(address: string, accept: (connection: Connection) => ConnectionEvents): Promise<Listener> {
    return this.#bind('listen', address, { kind: 'connections', accept });
  }

  call(address: string, path: string, request: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    return this.#process.start('network.call', `${address}${path}`, request, (fault, resolve, reject) => {
      if (fault?.type === 'error') {
        throw new CallStatus(
          StatusCode.UNAVAILABLE,
          `${path} at ${address}: the simulated network reports ${fault.code}`,
        );
      }
      const extraDelayMs = fault?.type === 'delay' ? fault.delayMs : 0;
      const target = { address, path, extraDelayMs };
      startCall(this.#fabric, this.#process, target, request, options, { resolve, reject });
      this.#process.leave(fault);
    });
  }

  serve(address: string, handlers: ReadonlyMap<string, CallHandler>): Promise<Listener> {
    return this.#bind('serve', address, { kind: 'calls', handlers });
  }

  #bind(name: string, address: string, service: Service): Promise<Listener> {
    const make = (bound: string) => new BoundPort(this.#fabric, this.#process, bound, service);
    return this.#process.callAsync(
      `network.${name}`,
      address,
      0,
      () => this.#fabric.bind(address, this.#process.host, make),
      (code) => injected(address, code),
    );
  }
}

function injected(address: string, code: string): NetworkError {
  return new NetworkError(code as NetworkErrorCode, `${address}: the simulated network reports ${code}`);
}
