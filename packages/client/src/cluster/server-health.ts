import type { Clock, Timer } from '@tessera/env';
import { v1 } from '@tessera/protocol';
import { PROBE_MS_MAX, PROBE_MS_MIN, SLOW_REQUESTS_MAX, WRITE_REFUSAL_MS } from '../limits.js';
import type { ClusterMap, Server } from './cluster-map.js';

interface Record {
  failures: number;
  avoided: boolean;
  /** A probe is out. */
  asking: boolean;
  reason: string;
  refusesWritesUntilMs: number;
  /** Requests that were slow since the last answer. */
  slow: number;
  /** When the last of them was counted. */
  slowAtMs: number;
  timer: Timer | undefined;
}

/** How much hope there is that a server answers. */
export const Reach = {
  /** The map and our own experience say it works. */
  GOOD: 0,
  /** Missed heartbeats: slow or gone. */
  DOUBTFUL: 1,
  /** Down, or it failed us lately and did not answer since. */
  NONE: 2,
} as const;
export type Reach = (typeof Reach)[keyof typeof Reach];

/**
 * What this client experienced with each chunkserver, ahead of what the map says. A server that failed is avoided until
 * a probe reaches it; the pause before probes grows until a real request succeeds.
 */
export class ServerHealth {
  readonly #clock: Clock;
  readonly #probe: (server: number) => Promise<void>;
  readonly #records = new Map<number, Record>();
  #closed = false;

  /** `probe` resolves when the server answers. */
  constructor(clock: Clock, probe: (server: number) => Promise<void>) {
    this.#clock = clock;
    this.#probe = probe;
  }

  /** A request failed for a reason that lies with the server or the way to it. */
  failed(server: number, reason: string): void {
    const record = this.#record(server);
    record.reason = reason;
    if (record.avoided) return;
    record.avoided = true;
    record.failures++;
    this.#scheduleProbe(server, record);
  }

  succeeded(server: number): void {
    const record = this.#records.get(server);
    if (record === undefined) return;
    record.slow = 0;
    record.failures = 0;
    record.avoided = false;
  }

  /**
   * A request has been without an answer for long; several in a row, and the server counts as failed. Those asked before
   * the last one was counted wait behind the same thing: a thousand at once say no more than one.
   */
  slow(server: number, askedAtMs: number): void {
    const record = this.#record(server);
    if (record.slow > 0 && askedAtMs < record.slowAtMs) return;
    record.slowAtMs = this.#clock.monotonicMs();
    if (++record.slow >= SLOW_REQUESTS_MAX) this.failed(server, 'slow to answer');
  }

  /** The server said that its disk takes no writes. */
  refusedWrite(server: number, reason: string): void {
    const record = this.#record(server);
    record.reason = reason;
    record.refusesWritesUntilMs = this.#clock.monotonicMs() + WRITE_REFUSAL_MS;
  }

  readReach(map: ClusterMap, server: number): Reach {
    const known = map.servers.get(server);
    if (known === undefined || known.state === v1.ServerState.SERVER_STATE_DOWN) return Reach.NONE;
    if (this.#records.get(server)?.avoided) return Reach.NONE;
    return known.state === v1.ServerState.SERVER_STATE_SUSPECT ? Reach.DOUBTFUL : Reach.GOOD;
  }

  writeReach(map: ClusterMap, server: number): Reach {
    if (this.writeObstacle(map, server) !== undefined) return Reach.NONE;
    const suspect = map.servers.get(server)?.state === v1.ServerState.SERVER_STATE_SUSPECT;
    return suspect ? Reach.DOUBTFUL : Reach.GOOD;
  }

  /** Why a server gets no writes, for people; undefined when it does. */
  writeObstacle(map: ClusterMap, server: number): string | undefined {
    const known = map.servers.get(server);
    if (known === undefined) return 'not in the cluster map';
    const fault = mapFault(known);
    if (fault !== undefined) return fault;
    const record = this.#records.get(server);
    if (record === undefined) return undefined;
    if (record.avoided || record.refusesWritesUntilMs > this.#clock.monotonicMs()) return record.reason;
    return undefined;
  }

  /** Why a server is not read from, for people. */
  readObstacle(map: ClusterMap, server: number): string {
    const known = map.servers.get(server);
    if (known === undefined) return 'not in the cluster map';
    if (known.state === v1.ServerState.SERVER_STATE_DOWN) return 'down';
    return this.#records.get(server)?.reason ?? 'no answer';
  }

  /** Asks every avoided server how it is, now: someone cannot do without them. */
  probeAvoided(): void {
    for (const [server, record] of this.#records) {
      if (record.avoided && !record.asking && !this.#closed) this.#ask(server, record, false);
    }
  }

  /** Gives servers that the new map shows as returned, or at another address, a fresh start. */
  mapChanged(next: ClusterMap, previous: ClusterMap): void {
    for (const [server, known] of next.servers) {
      const before = previous.servers.get(server);
      if (before === undefined || known.state !== v1.ServerState.SERVER_STATE_UP) continue;
      const returned = before.state !== v1.ServerState.SERVER_STATE_UP || before.address !== known.address;
      if (!returned) continue;
      this.#records.get(server)?.timer?.cancel();
      this.#records.delete(server);
    }
  }

  /** Stops probing. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#records.values()) timer?.cancel();
  }

  #record(server: number): Record {
    let record = this.#records.get(server);
    if (record === undefined) {
      record = {
        failures: 0,
        avoided: false,
        asking: false,
        reason: '',
        refusesWritesUntilMs: 0,
        slow: 0,
        slowAtMs: 0,
        timer: undefined,
      };
      this.#records.set(server, record);
    }
    return record;
  }

  #scheduleProbe(server: number, record: Record): void {
    const delayMs = Math.min(PROBE_MS_MAX, PROBE_MS_MIN * 2 ** (record.failures - 1));
    record.timer?.cancel();
    record.timer = this.#clock.schedule(delayMs, () => {
      if (this.#isProbed(server, record)) this.#ask(server, record, true);
    });
  }

  #isProbed(server: number, record: Record): boolean {
    return !this.#closed && record.avoided && this.#records.get(server) === record;
  }

  #ask(server: number, record: Record, goOn: boolean): void {
    record.asking = true;
    this.#probe(server).then(
      () => {
        record.asking = false;
        record.avoided = false;
        record.slow = 0;
      },
      () => {
        record.asking = false;
        if (!goOn || !this.#isProbed(server, record)) return;
        record.failures++;
        this.#scheduleProbe(server, record);
      },
    );
  }
}

function mapFault(server: Server): string | undefined {
  if (server.state === v1.ServerState.SERVER_STATE_DOWN) return 'down';
  switch (server.diskState) {
    case v1.DiskState.DISK_STATE_FULL:
      return 'disk full';
    case v1.DiskState.DISK_STATE_FAILED:
      return 'disk failed';
    default:
      return undefined;
  }
}
