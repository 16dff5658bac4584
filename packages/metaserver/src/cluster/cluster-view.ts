import type { Random } from '@tessera/env';
import type { Id, v1 } from '@tessera/protocol';
import type { LeaseDeadlines } from './lease-deadlines.js';

/**
 * What transactions see of the cluster besides the store: servers and their states, which live in memory. Placement
 * groups are records and are read through the transaction.
 */
export interface ClusterView {
  readonly random: Random;
  readonly leases: LeaseDeadlines;
  /** All registered servers by number, whatever their state. */
  servers(): Iterable<ClusterServer>;
  server(server: number): ClusterServer | undefined;
  /** Whether the server has reported this shard as left in doubt by an unclean stop. */
  isDoubtful(server: number, pg: number, stripe: Id, slot: number): boolean;
  /** A transaction made placement groups: the map must be read anew. Harmless to repeat. */
  groupsChanged(): void;
}

export interface ClusterServer {
  readonly server: number;
  /** host:port of the data plane. */
  readonly address: string;
  readonly labels: readonly Label[];
  readonly receiptKey: Uint8Array;
  readonly state: v1.ServerState;
  readonly diskState: v1.DiskState;
}

export interface Label {
  readonly key: string;
  readonly value: string;
}
