import { Socket, type SocketConstructorOpts } from 'node:net';
import { parseAddress } from '../address.js';
import { type Connection, type ConnectionEvents, NetworkError } from '../network.js';
import { connectionErrorFrom } from './network-errors.js';
import { SOCKET_OPTIONS, TcpConnection } from './tcp-connection.js';

/**
 * Connects. What comes is read into `received`, which several connections may share: a buffer of each chunk's own costs
 * more than reading it. @throws NetworkError REFUSED, TIMEOUT, ADDRESS_INVALID, BROKEN
 */
export function connectTcp(
  address: string,
  events: ConnectionEvents,
  timeoutMs: number,
  received: Uint8Array,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const { host, port } = parseAddress(address);
    let connection: TcpConnection | undefined;
    const onread = {
      buffer: received,
      callback: (count: number) => {
        connection?.received(received.subarray(0, count));
        return true;
      },
    };
    const socket = new Socket({ onread } as SocketConstructorOpts);
    const fail = (error: NetworkError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const onError = (error: Error) => fail(connectionErrorFrom(error, address));
    const timer = setTimeout(
      () => fail(new NetworkError('TIMEOUT', `connection to ${address}: no answer within ${timeoutMs} ms`)),
      Math.max(0, timeoutMs),
    );
    // Stays attached after a timeout: a late refusal must find a listener.
    socket.once('error', onError);
    socket.connect({ host, port, ...SOCKET_OPTIONS }, () => {
      clearTimeout(timer);
      connection = new TcpConnection(socket);
      connection.attach(events);
      socket.off('error', onError);
      resolve(connection);
    });
  });
}
