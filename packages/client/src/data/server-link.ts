import type { Clock, Network } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import { CONNECTION_BUSY_BYTES, CONNECTIONS_PER_SERVER_MAX, PROBE_ANSWER_MS_MAX, REQUEST_MS_MAX } from '../limits.js';
import { DataConnection, type DataPeer, type DataRequest } from './data-connection.js';

/** The connections to one chunkserver at one address. They open when needed and again after they broke. */
export class ServerLink {
  readonly peer: DataPeer;
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #connections: DataConnection[] = [];
  /** What was opened before the server failed: perhaps nobody is at the other end any more. They only end. */
  #old: DataConnection[] = [];
  #opening: Promise<DataConnection> | undefined;
  #bytesOpening = 0;
  #closed: TesseraError | undefined;

  constructor(network: Network, clock: Clock, peer: DataPeer) {
    this.#network = network;
    this.#clock = clock;
    this.peer = peer;
  }

  /** Bytes of requests that have not been answered. */
  get bytesUnderWay(): number {
    let bytes = this.#bytesOpening;
    for (const connection of this.#connections) bytes += connection.bytesUnderWay;
    for (const connection of this.#old) bytes += connection.bytesUnderWay;
    return bytes;
  }

  /** @throws TesseraError: the server's answer; UNAVAILABLE, WRONG_CLUSTER, WRONG_VERSION, OVERLOADED */
  async request<Reply>(request: DataRequest<Reply>): Promise<Reply> {
    const ready = this.#ready();
    if (ready !== undefined) return ready.request(request);
    this.#bytesOpening += request.bytes;
    let connection: DataConnection;
    try {
      connection = await this.#open();
    } finally {
      this.#bytesOpening -= request.bytes;
    }
    return connection.request(request);
  }

  /**
   * As `request`, over a connection of its own and with little patience: a server that lost power says nothing on the
   * connections it had. Once it answers, the others are used no more.
   */
  async probe<Reply>(request: DataRequest<Reply>): Promise<Reply> {
    const connection = await DataConnection.open(this.#network, this.#clock, this.peer, PROBE_ANSWER_MS_MAX);
    try {
      return await connection.request(request);
    } finally {
      // Whatever the answer was.
      if (connection.failure === undefined) this.#replaceAll(connection);
    }
  }

  close(reason: TesseraError): void {
    this.#closed = reason;
    for (const connection of [...this.#connections.splice(0), ...this.#old.splice(0)]) connection.destroy(reason);
  }

  #replaceAll(connection: DataConnection): void {
    if (this.#closed !== undefined) {
      connection.destroy(this.#closed);
      return;
    }
    connection.answerMsMax = REQUEST_MS_MAX;
    this.#old = [...this.#old, ...this.#connections.splice(0, Infinity, connection)].filter((old) => {
      // What was asked on them may yet be answered, by a server that is only slow.
      if (old.bytesUnderWay === 0) old.destroy(new TesseraError('UNAVAILABLE', `${this.peer.title} failed meanwhile`));
      return old.failure === undefined;
    });
  }

  /** The open connection with the least under way; undefined when there is none. */
  #ready(): DataConnection | undefined {
    let best: DataConnection | undefined;
    for (let index = this.#connections.length - 1; index >= 0; index--) {
      const connection = this.#connections[index] as DataConnection;
      if (connection.failure !== undefined) this.#connections.splice(index, 1);
      else if (best === undefined || connection.bytesUnderWay < best.bytesUnderWay) best = connection;
    }
    const busy = best !== undefined && best.bytesUnderWay > CONNECTION_BUSY_BYTES;
    if (busy && this.#connections.length < CONNECTIONS_PER_SERVER_MAX) this.#open().catch(() => {});
    return best;
  }

  #open(): Promise<DataConnection> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    this.#opening ??= DataConnection.open(this.#network, this.#clock, this.peer)
      .then((connection) => {
        if (this.#closed !== undefined) {
          connection.destroy(this.#closed);
          throw this.#closed;
        }
        this.#connections.push(connection);
        return connection;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }
}
