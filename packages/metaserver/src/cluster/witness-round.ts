import type { ServerRecord } from '../records/server.js';

const SERVERS_NAMED_MAX = 10;

/**
 * Which of the registered chunkservers have said how much of the journal they know, after a stop that was not in order.
 * A majority is enough when the journal's end looks whole. Of a group that was dropped one chunkserver alone may know,
 * so then all are asked.
 */
export class WitnessRound {
  /** Resolves once enough were heard. */
  readonly enough: Promise<void>;
  readonly needed: number;
  readonly #servers: ReadonlyMap<number, ServerRecord>;
  readonly #lsn: number;
  readonly #heard = new Set<number>();
  #onEnough: () => void = () => {};

  /** `servers` by number. */
  constructor(servers: ReadonlyMap<number, ServerRecord>, end: { lsn: number; tailDropped: boolean }) {
    this.#servers = servers;
    this.#lsn = end.lsn;
    this.needed = end.tailDropped ? servers.size : Math.floor(servers.size / 2) + 1;
    this.enough = new Promise((resolve) => {
      this.#onEnough = resolve;
    });
    if (servers.size === 0) this.#onEnough();
  }

  get isEnough(): boolean {
    return this.#servers.size === 0 || this.#heard.size >= this.needed;
  }

  /** The number that a disk is registered under. */
  serverOf(diskId: Uint8Array): number | undefined {
    for (const [server, record] of this.#servers) if (Buffer.compare(record.diskId, diskId) === 0) return server;
    return undefined;
  }

  /** A chunkserver knows of nothing that the journal lacks. */
  heard(server: number): void {
    if (!this.#servers.has(server)) return;
    this.#heard.add(server);
    if (this.isEnough) this.#onEnough();
  }

  /** How far the round has got. */
  describe(): string {
    return (
      `${this.#heard.size} of ${this.#servers.size} chunkservers have confirmed that the journal ends at lsn ` +
      `${this.#lsn}; ${this.needed} are needed`
    );
  }

  /** What an administrator should hear while too few were heard and the metaserver serves all the same. */
  alarms(): string[] {
    if (this.isEnough) return [];
    const silent = [...this.#servers].filter(([server]) => !this.#heard.has(server));
    const named = silent
      .slice(0, SERVERS_NAMED_MAX)
      .map(([server, { address }]) => `chunkserver ${server} (${address})`);
    const more = silent.length > named.length ? ` and ${silent.length - named.length} more` : '';
    return [
      `the metaserver was not stopped in order, and only ${this.describe()}. It serves all the same; if one of the ` +
        `others knows of more, it stops and says so. Start ${named.join(', ')}${more}`,
    ];
  }
}
