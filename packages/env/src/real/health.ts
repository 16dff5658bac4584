import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress, parseAddress } from '../address.js';
import type { Listener } from '../network.js';
import { listenErrorFrom } from './network-errors.js';

/** What a daemon says of itself; `fields` become JSON. */
export interface HealthReport {
  /** Whether it serves: 200, else 503. */
  healthy: boolean;
  fields: object;
}

const HEALTH_PATH = '/healthz';
const CONNECTIONS_MAX = 256;
const REQUEST_MS_MAX = 10_000;
const HEADERS_MAX = 64;

/**
 * Answers HTTP GET /healthz with the report of the moment: for probes, load balancers and people with curl.
 * @throws NetworkError ADDRESS_IN_USE, ADDRESS_INVALID
 */
export async function serveHealth(address: string, report: () => HealthReport): Promise<Listener> {
  const { host, port } = parseAddress(address);
  const server = createServer(
    { requestTimeout: REQUEST_MS_MAX, headersTimeout: REQUEST_MS_MAX },
    (request, response) => {
      // A body, if someone sends one, is read and dropped.
      request.resume();
      const send = (status: number, fields: object, headers: Record<string, string> = {}) => {
        const body = `${JSON.stringify(fields)}\n`;
        response.writeHead(status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'cache-control': 'no-store',
          ...headers,
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      };
      const path = request.url?.split('?', 1)[0];
      if (path !== HEALTH_PATH) {
        send(404, { error: `there is only ${HEALTH_PATH} here` });
      } else if (request.method !== 'GET' && request.method !== 'HEAD') {
        send(405, { error: 'use GET' }, { allow: 'GET, HEAD' });
      } else {
        const { healthy, fields } = report();
        send(healthy ? 200 : 503, fields);
      }
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  server.maxHeadersCount = HEADERS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenErrorFrom(error, address)));
    server.listen({ host, port }, resolve);
  });
  // A failed accept costs that connection only.
  server.on('error', () => {});
  return {
    address: formatAddress(host, (server.address() as AddressInfo).port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
