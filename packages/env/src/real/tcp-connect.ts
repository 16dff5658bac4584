import { Socket } from 'node:net';
import { parseAddress } from '../address.js';
import { type Connection, type ConnectionEvents, NetworkError } from '../network.js';
import { connectionErrorFrom } from './network-errors.js';
import { SOCKET_OPTIONS, TcpConnection } from './tcp-connection.js';

/** @throws NetworkError REFUSED, TIMEOUT, ADDRESS_INVALID, BROKEN */
export function connectTcp(address: string, events: ConnectionEvents, timeoutMs: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const { host, port } = parseAddress(address);
    const socket = new Socket();
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
      const connection = new TcpConnection(socket);
      connection.attach(events);
      socket.off('error', onError);
      resolve(connection);
    });
  });
}
