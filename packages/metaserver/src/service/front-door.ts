import type { CallHandler, Listener, Network } from '@tessera/env';

/**
 * The port of all services. It opens once; who stands behind it may change while a start goes on, without breaking a
 * connection. The methods stay the same.
 */
export class FrontDoor {
  readonly #network: Network;
  readonly #address: string;
  #handlers: ReadonlyMap<string, CallHandler> = new Map();
  #listener: Listener | undefined;

  constructor(network: Network, address: string) {
    this.#network = network;
    this.#address = address;
  }

  /** The bound host:port. */
  get address(): string {
    if (this.#listener === undefined) throw new Error('bug: the door is not open yet');
    return this.#listener.address;
  }

  /** Has calls answered by these handlers from now on. @throws NetworkError ADDRESS_IN_USE, ADDRESS_INVALID */
  async admit(handlers: ReadonlyMap<string, CallHandler>): Promise<void> {
    this.#handlers = handlers;
    if (this.#listener !== undefined) return;
    const forwarding = new Map<string, CallHandler>();
    for (const path of handlers.keys()) {
      forwarding.set(path, (request, peer) => (this.#handlers.get(path) as CallHandler)(request, peer));
    }
    this.#listener = await this.#network.serve(this.#address, forwarding);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }
}
