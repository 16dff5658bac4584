import { FrameKind, ID_BYTES, TesseraError, v1 } from '@tessera/protocol';
import type { ClientEnv } from '../api.js';
import { type ClusterMap, serverTitle } from '../cluster/cluster-map.js';
import type { MapCache } from '../cluster/map-cache.js';
import { ServerHealth } from '../cluster/server-health.js';
import { ownBytes } from '../own-bytes.js';
import type { DataRequest } from './data-connection.js';
import { ServerLink } from './server-link.js';

/** Failures of the way to a server or of the whole server, not of one request. */
function isServerFailure(error: TesseraError): boolean {
  return error.code === 'UNAVAILABLE' || error.code === 'WRONG_CLUSTER' || error.code === 'WRONG_VERSION';
}

/** What the parts above need of it. */
export type DataLinks = Pick<ServerLinks, 'health' | 'load' | 'request'>;

/** The way to every chunkserver in the map, and what was experienced with each. */
export class ServerLinks {
  readonly health: ServerHealth;
  readonly #env: ClientEnv;
  readonly #map: MapCache;
  readonly #clientName: string;
  readonly #links = new Map<number, ServerLink>();
  #closed: TesseraError | undefined;

  constructor(env: ClientEnv, map: MapCache, clientName: string) {
    this.#env = env;
    this.#map = map;
    this.#clientName = clientName;
    this.health = new ServerHealth(env.clock, (server) => this.#probe(server));
    map.onChange((next, previous) => {
      this.health.mapChanged(next, previous);
      this.#forgetGone(next);
    });
  }

  /**
   * Has one request answered by a server. A failure that lies with the server is remembered.
   * @throws TesseraError
   */
  async request<Reply>(server: number, request: DataRequest<Reply>): Promise<Reply> {
    let reply: Reply;
    try {
      reply = await this.#link(server).request(request);
    } catch (thrown) {
      const error = TesseraError.from(thrown);
      if (isServerFailure(error) && this.#closed === undefined) {
        this.health.failed(server, withoutTitle(error.message, this.#map.current, server));
        // It may have come back at another address.
        this.#map.refresh().catch(() => {});
      }
      throw error;
    }
    this.health.succeeded(server);
    return reply;
  }

  /** Bytes under way to and from a server. */
  load(server: number): number {
    return this.#links.get(server)?.bytesUnderWay ?? 0;
  }

  close(reason: TesseraError): void {
    this.#closed = reason;
    this.health.close();
    for (const link of this.#links.values()) link.close(reason);
    this.#links.clear();
  }

  /** Any answer will do, also that there is no such shard; a connection that is only open proves nothing. */
  async #probe(server: number): Promise<void> {
    const header = v1.DescribeRequest.encode({ stripe: new Uint8Array(ID_BYTES) }).finish();
    const decode = () => {};
    try {
      await this.#link(server).probe({ kind: FrameKind.DESCRIBE, header, body: [], bytes: header.length, decode });
    } catch (error) {
      if (isServerFailure(TesseraError.from(error))) throw error;
    }
  }

  #link(server: number): ServerLink {
    if (this.#closed !== undefined) throw this.#closed;
    const map = this.#map.current;
    const known = map.servers.get(server);
    if (known === undefined) throw new TesseraError('UNAVAILABLE', `${serverTitle(map, server)}: no address is known`);
    const existing = this.#links.get(server);
    if (existing !== undefined && existing.peer.address === known.address) return existing;
    existing?.close(new TesseraError('UNAVAILABLE', `${existing.peer.title} has moved to ${known.address}`));
    const link = new ServerLink(this.#env.network, this.#env.clock, {
      server,
      address: known.address,
      diskId: ownBytes(known.info.diskId),
      title: known.title,
      clusterId: map.clusterId,
      clientName: this.#clientName,
    });
    this.#links.set(server, link);
    return link;
  }

  #forgetGone(map: ClusterMap): void {
    for (const [server, link] of this.#links) {
      const known = map.servers.get(server);
      if (known?.address === link.peer.address) continue;
      link.close(new TesseraError('UNAVAILABLE', `${link.peer.title} has left or moved`));
      this.#links.delete(server);
    }
  }
}

/** A reason is shown behind the server's title, so it goes without it. */
function withoutTitle(message: string, map: ClusterMap, server: number): string {
  const title = `${serverTitle(map, server)}: `;
  return message.startsWith(title) ? message.slice(title.length) : message;
}
