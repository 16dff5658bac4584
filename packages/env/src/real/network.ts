import type { CallHandler, CallOptions, Connection, ConnectionEvents, Listener, Network } from '../network.js';
import { GrpcChannels } from './grpc-channels.js';
import { serveGrpc } from './grpc-server.js';
import { connectTcp } from './tcp-connect.js';
import { TcpConnection } from './tcp-connection.js';
import { TcpListener } from './tcp-listener.js';

/** Connections over TCP, unary calls over gRPC. */
export class RealNetwork implements Network {
  readonly #channels = new GrpcChannels();

  connect(address: string, events: ConnectionEvents, options: { timeoutMs: number }): Promise<Connection> {
    return connectTcp(address, events, options.timeoutMs);
  }

  listen(address: string, accept: (connection: Connection) => ConnectionEvents): Promise<Listener> {
    return TcpListener.listen(address, (socket) => {
      const connection = new TcpConnection(socket);
      connection.attach(accept(connection));
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
