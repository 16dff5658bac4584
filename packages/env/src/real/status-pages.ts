import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress, parseAddress } from '../address.js';
import type { Listener } from '../network.js';
import { listenErrorFrom } from './network-errors.js';

/** What a daemon says of itself; `fields` become JSON. */
export interface HealthReport {
  /** 200, else 503. */
  healthy: boolean;
  fields: object;
}

/** A page of text with its media type. */
export interface Page {
  readonly type: string;
  readonly text: string;
}

/** What a daemon shows over HTTP. */
export interface StatusPages {
  /** GET /healthz: whether it does its work. */
  health(): HealthReport;
  /** GET /readyz: whether others should be sent to it. */
  ready(): HealthReport;
  /** GET /metrics; unset: there is no such page. */
  metrics?(): Promise<Page>;
}

/** What strangers may take of the daemon. Units last. */
export interface StatusLimits {
  /** Open at the same time; further ones are closed at once. */
  readonly connectionsMax: number;
  /** For a request to come, from the first byte of its connection, and for a connection without one. */
  readonly requestMsMax: number;
  /** For a reply to be taken. */
  readonly idleMsMax: number;
}

const STATUS_LIMITS: StatusLimits = { connectionsMax: 256, requestMsMax: 10_000, idleMsMax: 30_000 };
const HEADERS_MAX = 64;
const HEADER_BYTES_MAX = 8 * 1024;
const REQUESTS_PER_CONNECTION_MAX = 1_000;
/** Requests that last too long are looked for so many times in the time they have. */
const CHECKS_PER_TERM = 4;

/**
 * Answers HTTP GET with what `pages` say at the moment: for probes, monitoring, load balancers and people with curl.
 * @throws NetworkError ADDRESS_IN_USE, ADDRESS_INVALID
 */
export async function serveStatus(
  address: string,
  pages: StatusPages,
  limits: StatusLimits = STATUS_LIMITS,
): Promise<Listener> {
  const { host, port } = parseAddress(address);
  const { connectionsMax, requestMsMax, idleMsMax } = limits;
  const server = createServer(
    {
      requestTimeout: requestMsMax,
      headersTimeout: requestMsMax,
      connectionsCheckingInterval: requestMsMax / CHECKS_PER_TERM,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    (request, response) => {
      // A body, if someone sends one, is read and dropped.
      request.resume();
      void answer(pages, request, response);
    },
  );
  server.maxConnections = connectionsMax;
  server.maxHeadersCount = HEADERS_MAX;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION_MAX;
  server.timeout = idleMsMax;
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

async function answer(pages: StatusPages, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, { type, text }: Page, headers: Record<string, string> = {}) => {
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  };
  const report = ({ healthy, fields }: HealthReport) => send(healthy ? 200 : 503, json(fields));
  const known = new Map<string | undefined, () => void | Promise<void>>([
    ['/healthz', () => report(pages.health())],
    ['/readyz', () => report(pages.ready())],
  ]);
  const { metrics } = pages;
  if (metrics !== undefined) known.set('/metrics', async () => send(200, await metrics()));
  const show = known.get(request.url?.split('?', 1)[0]);
  if (show === undefined) {
    send(404, json({ error: `there is only ${[...known.keys()].join(', ')} here` }));
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(405, json({ error: 'use GET' }), { allow: 'GET, HEAD' });
  } else {
    try {
      await show();
    } catch (error) {
      // Such as a store that has just failed: the page is what cannot be had, the daemon goes its way.
      send(500, json({ error: error instanceof Error ? error.message : String(error) }));
    }
  }
}

function json(fields: object): Page {
  return { type: 'application/json', text: `${JSON.stringify(fields)}\n` };
}
