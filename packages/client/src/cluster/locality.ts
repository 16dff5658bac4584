import { TesseraError } from '@tessera/protocol';
import type { Server } from './cluster-map.js';
import type { MapSource } from './map-cache.js';

/** Names shown in a message; the rest is counted. */
const NAMES_SHOWN_MAX = 8;

/** Which chunkservers stand on the client's own host: by their label `host`, or by the host of their address. */
export class Locality {
  readonly #map: Pick<MapSource, 'current'>;
  readonly #hostNames: ReadonlySet<string>;
  #known: { version: number; servers: ReadonlySet<number> } | undefined;

  constructor(map: Pick<MapSource, 'current'>, hostNames: readonly string[]) {
    this.#map = map;
    this.#hostNames = new Set(hostNames);
  }

  /** Their numbers. */
  get servers(): ReadonlySet<number> {
    const { version, servers } = this.#map.current;
    if (this.#known?.version !== version) {
      const here = [...servers.values()].filter((server) => this.#isHere(server));
      this.#known = { version, servers: new Set(here.map(({ server }) => server)) };
    }
    return this.#known.servers;
  }

  /** @throws TesseraError LAYOUT_UNSATISFIABLE when there is none */
  require(): number[] {
    const { servers } = this;
    if (servers.size > 0) return [...servers];
    const names = [...this.#hostNames];
    const shown = names.slice(0, NAMES_SHOWN_MAX).join(', ') || 'no name';
    const more = names.length > NAMES_SHOWN_MAX ? ` and ${names.length - NAMES_SHOWN_MAX} more` : '';
    throw new TesseraError(
      'LAYOUT_UNSATISFIABLE',
      `the server order is local, but no chunkserver stands on this host, known as ${shown}${more}: connect with the ` +
        'hostNames that its label host says, or choose another server order',
    );
  }

  #isHere({ labels, address }: Server): boolean {
    const label = labels.find(({ key }) => key === 'host')?.value;
    const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
    return (label !== undefined && this.#hostNames.has(label)) || this.#hostNames.has(host);
  }
}
