import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Draw } from '../../draw.js';
import { Link } from './link.js';
import { resetSocket } from './reset-socket.js';
import { Way } from './way.js';

const LOOPBACK = '127.0.0.1';

/** How connections through a route break. */
export type Breakage = 'reset' | 'end' | 'cut request' | 'cut reply' | 'strand client' | 'strand server';

/** An address that leads to another one, over which trouble can come. */
export class Route {
  readonly name: string;
  readonly up: Way;
  readonly down: Way;
  /** Where connections are led; undefined = nowhere, they are reset. */
  target: string | undefined;
  /** New connections are reset. */
  isRefusing = false;
  readonly #server: Server;
  readonly #links = new Set<Link>();

  private constructor(name: string, server: Server, draw: Draw, onFlip: () => void) {
    this.name = name;
    this.#server = server;
    this.up = new Way(draw, onFlip);
    this.down = new Way(draw, onFlip);
    server.on('connection', (socket) => void this.#lead(socket));
  }

  static async open(name: string, draw: Draw, onFlip: () => void): Promise<Route> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const route = new Route(name, server, draw, onFlip);
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    return route;
  }

  /** host:port. */
  get address(): string {
    return `${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#open().length;
  }

  /** Breaks all connections that are open now; says how many there were. */
  break(how: Breakage): number {
    const links = this.#open();
    for (const link of links) {
      if (how === 'reset') link.reset();
      else if (how === 'end') link.end();
      else if (how === 'cut request') link.cut('client');
      else if (how === 'cut reply') link.cut('server');
      else link.strand(how === 'strand client' ? 'client' : 'server');
    }
    return links.length;
  }

  /** No new trouble. What is stranded stays so: whoever waits for it must notice by themselves. */
  heal(): void {
    this.isRefusing = false;
    this.up.heal();
    this.down.heal();
  }

  close(): void {
    this.#server.close();
    for (const link of this.#links) link.reset();
  }

  #open(): Link[] {
    for (const link of this.#links) if (link.isOver) this.#links.delete(link);
    return [...this.#links];
  }

  async #lead(client: Socket): Promise<void> {
    // Whoever carries bytes sees errors too; here they only must not end the process.
    client.on('error', () => {});
    const { target } = this;
    if (this.isRefusing || target === undefined) {
      resetSocket(client);
      return;
    }
    const [host, port] = target.split(':') as [string, string];
    const server = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    server.on('error', () => {});
    const isConnected = await once(server, 'connect').then(
      () => true,
      () => false,
    );
    if (!isConnected) {
      resetSocket(client);
      return;
    }
    this.#open();
    this.#links.add(new Link(client, server, this.up, this.down));
  }
}
