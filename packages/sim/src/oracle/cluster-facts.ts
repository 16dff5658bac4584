import type { ClientCounters, ClusterMapInfo, ClusterStatus, ServerStatus, StatFs } from '@tessera/client';
import { OracleViolation } from './violation.js';

/** How far the metaserver's journal was, when somebody was told. */
interface JournalPoint {
  readonly era: number;
  readonly lsn: number;
}

/** What is told of the cluster as a whole: it fits together, and what only grows never shrinks. */
export class ClusterFacts {
  readonly #servers: number;
  readonly #replaced: () => number;
  #newest: JournalPoint = { era: 0, lsn: 0 };
  readonly #counters = new WeakMap<object, ClientCounters>();

  /** `servers` are registered from the start; `replaced` tells of how many the disk has made room for a new one. */
  constructor(servers: number, replaced: () => number = () => 0) {
    this.#servers = servers;
    this.#replaced = replaced;
  }

  /** What was told by now: whoever asks from here on is told of no less. */
  get newest(): JournalPoint {
    return this.#newest;
  }

  /** `known` is what had been told when the status was asked for. @throws OracleViolation */
  checkStatus(status: ClusterStatus, known: JournalPoint): void {
    const { era, lsn, checkpointLsn, pgsDegraded, pgs, servers } = status;
    must(era >= known.era && lsn >= known.lsn, () => {
      return `the journal is at ${lsn} of era ${era}, and had been at ${known.lsn} of era ${known.era}`;
    });
    must(checkpointLsn <= lsn, () => `the checkpoint at ${checkpointLsn} is ahead of the journal at ${lsn}`);
    must(pgsDegraded <= pgs, () => `${pgsDegraded} of ${pgs} placement groups are degraded`);
    for (const [what, value] of Object.entries(status)) {
      must(typeof value !== 'number' || value >= 0, () => `the cluster counts ${value} ${what}`);
    }
    this.checkServers(servers);
    if (lsn > this.#newest.lsn) this.#newest = { era, lsn };
  }

  /** @throws OracleViolation */
  checkSpace({ capacityBytes, usedBytes, freeBytes, servers, serversUp }: StatFs): void {
    must(this.#mayBe(servers), () => `${servers} chunkservers are registered, ${this.#servers} are there`);
    must(serversUp <= servers, () => `${serversUp} of ${servers} chunkservers are up`);
    must(usedBytes <= capacityBytes && freeBytes <= capacityBytes, () => {
      return `of ${capacityBytes} bytes ${usedBytes} are used and ${freeBytes} are free`;
    });
  }

  /** Each has its own number, disk and address, whatever its state. @throws OracleViolation */
  checkServers(servers: readonly ServerStatus[]): void {
    const identities = {
      numbers: servers.map(({ server }) => server),
      disks: servers.map(({ diskId }) => Buffer.from(diskId).toString('hex')),
    };
    for (const [what, values] of Object.entries(identities)) {
      const different = new Set<unknown>(values).size;
      must(
        different === values.length && this.#mayBe(different),
        () => `${this.#servers} chunkservers have the ${what} ${values}`,
      );
    }
    // A replaced disk has the address of the one before it.
    const addresses = servers.map(({ address }) => address);
    must(
      new Set(addresses).size === this.#servers,
      () => `${this.#servers} chunkservers have the addresses ${addresses}`,
    );
  }

  /** A disk that took the place of another is registered beside it, sooner or later. */
  #mayBe(servers: number): boolean {
    return servers >= this.#servers && servers <= this.#servers + this.#replaced();
  }

  /** Members of a group are servers of the cluster, each once. @throws OracleViolation */
  checkMap({ servers, pgs }: ClusterMapInfo): void {
    const numbers = new Set(servers.map(({ server }) => server));
    for (const { pg, members } of pgs) {
      const held = members.map(({ server }) => server).filter((server) => server !== 0);
      must(new Set(held).size === held.length && held.every((server) => numbers.has(server)), () => {
        return `placement group ${pg} has the members ${held}; the servers are ${[...numbers]}`;
      });
    }
  }

  /** What a client has done it does not undo. @throws OracleViolation */
  checkCounters(client: object, counters: ClientCounters): void {
    const before = this.#counters.get(client);
    this.#counters.set(client, counters);
    must(counters.metadataCalls <= counters.metadataOperations, () => {
      return `a client made ${counters.metadataCalls} calls for ${counters.metadataOperations} operations`;
    });
    must(counters.segmentsWritten >= counters.stripesWritten, () => {
      return `a client wrote ${counters.stripesWritten} stripes of ${counters.segmentsWritten} segments`;
    });
    must(counters.physicalBytesWritten >= counters.logicalBytesWritten, () => {
      return `a client wrote ${counters.physicalBytesWritten} bytes for ${counters.logicalBytesWritten}`;
    });
    if (before === undefined) return;
    for (const [what, value] of Object.entries(before)) {
      if (what === 'meanSegmentsPerStripe') continue;
      const now = counters[what as keyof ClientCounters];
      must(now >= value, () => `a client's ${what} were ${value} and are ${now}`);
    }
  }
}

function must(holds: boolean, otherwise: () => string): void {
  if (!holds) throw new OracleViolation(otherwise());
}
