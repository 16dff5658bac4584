import type { CallHandler, CallOptions, Connection, ConnectionEvents, Listener, Network } from '../network.js';
import { GrpcChannels } from './grpc-channels.js';
import { serveGrpc } from './grpc-server.js';
import { connectTcp } from './tcp-connect.js';
import { TcpConnection } from './tcp-connection.js';
import { TcpListener } from './tcp-listener.js';

/** What is taken from the system at a time. */
const RECEIVE_BYTES = 256 * 1024;

/** Connections over TCP, unary calls over gRPC. */
export class RealNetwork implements Network {
  readonly #channels = new GrpcChannels();
  /** All outgoing connections receive into it, one after the other. */
  readonly #received = new Uint8Array(RECEIVE_BYTES);

  connect(address: string, events: ConnectionEvents, options: { timeoutMs: number }): Promise<Connection> {
    return connectTcp(address, events, options.timeoutMs, this.#received);
  }

  listen(address: string, accept: (connection: Connection) => ConnectionEvents): Promise<Listener> {
    return TcpListener.listen(address, (socket) => {
      const connection = new TcpConnection(socket);
      connection.attach(accept(connection));
      socket.on('data', (chunk: Buffer) => connection.received(chunk));
    });
  }

  call(address: string, path: string, request: Uint8Array, options: CallOptions): Promise<Uint8Array> {
    return this.#channels.call(address, path, request, options);
  }

  serve(address: string, handlers: ReadonlyMap<string, CallHandler>): Promise<Listener> {
    return serveGrpc(address, handlers);
  }

  /** Closes the cached channels; a later call opens a new one. */
  close(): void {
    this.#channels.close();
  }
}
