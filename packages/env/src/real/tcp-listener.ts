import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { formatAddress, parseAddress } from '../address.js';
import { LISTENER_CONNECTIONS_MAX } from '../limits.js';
import type { Listener } from '../network.js';
import { listenErrorFrom } from './network-errors.js';
import { SOCKET_OPTIONS } from './tcp-connection.js';

/** Connections the system queues before they are accepted. */
const BACKLOG_CONNECTIONS_MAX = 4_096;

/** A bound port that hands accepted sockets on and breaks them when it closes. */
export class TcpListener implements Listener {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  #closing: Promise<void> | undefined;

  private constructor(address: string, server: Server, sockets: Set<Socket>) {
    this.address = address;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** @throws NetworkError ADDRESS_IN_USE, ADDRESS_INVALID */
  static async listen(address: string, accept: (socket: Socket) => void): Promise<TcpListener> {
    const { host, port } = parseAddress(address);
    const sockets = new Set<Socket>();
    const server = createServer(SOCKET_OPTIONS, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      // Without a listener a reset before the owner attaches would end the process.
      socket.on('error', () => {});
      accept(socket);
    });
    server.maxConnections = LISTENER_CONNECTIONS_MAX;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(listenErrorFrom(error, address)));
      server.listen({ host, port, backlog: BACKLOG_CONNECTIONS_MAX }, resolve);
    });
    // A failed accept (too few descriptors) costs that connection only.
    server.on('error', () => {});
    return new TcpListener(formatAddress(host, (server.address() as AddressInfo).port), server, sockets);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
    return this.#closing;
  }
}
