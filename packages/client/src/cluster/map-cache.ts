import { type Log, sleep } from '@tessera/env';
import { callMethod, clusterService, TesseraError } from '@tessera/protocol';
import type { ClientEnv } from '../api.js';
import { Backoff } from '../backoff.js';
import { CALL_ATTEMPT_MS_MAX, MAP_BACKOFF_MS_MAX, MAP_BACKOFF_MS_MIN } from '../limits.js';
import type { Session } from '../metadata/session.js';
import { type ClusterMap, clusterMapFrom } from './cluster-map.js';

/** What most parts need of it. */
export type MapSource = Pick<MapCache, 'current' | 'refresh'>;

/**
 * The newest cluster map this client has. Every metadata reply names the current version; a newer one is fetched in
 * the background, so nobody polls.
 */
export class MapCache {
  readonly #env: ClientEnv;
  readonly #address: string;
  readonly #session: () => Session;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #listeners: ((next: ClusterMap, previous: ClusterMap) => void)[] = [];
  #map: ClusterMap;
  #fetching: Promise<void> | undefined;
  #wantedVersion = 0;
  readonly #closing = new AbortController();

  constructor(options: { env: ClientEnv; address: string; session: () => Session; log: Log }) {
    this.#env = options.env;
    this.#address = options.address;
    this.#session = options.session;
    this.#log = options.log;
    this.#backoff = new Backoff(options.env.random, MAP_BACKOFF_MS_MIN, MAP_BACKOFF_MS_MAX);
    this.#map = { version: 0, clusterId: new Uint8Array(), servers: new Map(), pgs: new Map() };
  }

  get current(): ClusterMap {
    return this.#map;
  }

  onChange(listener: (next: ClusterMap, previous: ClusterMap) => void): void {
    this.#listeners.push(listener);
  }

  /** The cluster has at least this version. */
  note(version: number): void {
    if (version <= this.#map.version) return;
    this.#wantedVersion = Math.max(this.#wantedVersion, version);
    if (this.#fetching === undefined && !this.#closing.signal.aborted) void this.#follow();
  }

  /** Asks for the map now, once; joins a question that is already out. @throws TesseraError */
  refresh(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  close(): void {
    this.#closing.abort();
  }

  async #follow(): Promise<void> {
    while (!this.#closing.signal.aborted && this.#map.version < this.#wantedVersion) {
      try {
        await this.refresh();
        this.#backoff.reset();
        // A metaserver restarted from a backup may know only older versions: its word counts.
        this.#wantedVersion = Math.min(this.#wantedVersion, this.#map.version);
      } catch (error) {
        this.#log.debug({ error: TesseraError.from(error).message }, 'the cluster map could not be fetched');
        await sleep(this.#env.clock, this.#backoff.next(), this.#closing.signal).catch(() => {});
      }
    }
  }

  async #fetch(): Promise<void> {
    const request = { context: this.#session().context, knownVersion: this.#map.version };
    const reply = await callMethod(this.#env.network, this.#address, clusterService.getMap, request, {
      deadlineMs: CALL_ATTEMPT_MS_MAX,
    });
    const next = clusterMapFrom(reply);
    if (next.version === this.#map.version) return;
    const previous = this.#map;
    this.#map = next;
    for (const listener of this.#listeners) listener(next, previous);
  }
}
