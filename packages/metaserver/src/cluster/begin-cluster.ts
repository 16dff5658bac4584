import { readUint32, TesseraError } from '@tessera/protocol';
import { findCluster, putCluster } from '../records/cluster.js';
import { Table } from '../records/keys.js';
import { decodeServer } from '../records/server.js';
import type { MetadataStore } from '../store/transaction.js';
import type { ClusterState } from './cluster-state.js';

const SERVERS_PER_SCAN = 1_000;

/**
 * The cluster that the metadata is of; a store without a cluster begins the proposed one. Notes the era of this start.
 * @throws TesseraError DISK_REFUSED when the directory claims to be another cluster's, DATA_LOSS when it has lost its own
 */
export async function beginCluster(
  store: MetadataStore,
  claimed: Uint8Array | undefined,
  proposed: Uint8Array,
): Promise<Uint8Array> {
  return store.transact((tx) => {
    const known = findCluster(tx);
    if (known === undefined && claimed !== undefined) {
      throw new TesseraError(
        'DATA_LOSS',
        `the directory is marked as cluster ${hex(claimed)} and its journal holds nothing: the journal was removed. ` +
          'Put it back from a backup; only to begin an empty cluster instead, remove format.json',
      );
    }
    if (known !== undefined && claimed !== undefined && Buffer.compare(known.clusterId, claimed) !== 0) {
      throw new TesseraError(
        'DISK_REFUSED',
        `the directory is marked as cluster ${hex(claimed)}, its metadata is of cluster ${hex(known.clusterId)}: ` +
          'files of two clusters were mixed; put back the directory as it was',
      );
    }
    const cluster = known ?? {
      clusterId: proposed,
      era: 0,
      nextServer: 1,
      nextPg: 1,
      nextSet: 1,
      createdNs: tx.nowNs,
    };
    putCluster(tx, { ...cluster, era: store.era });
    return cluster.clusterId;
  });
}

/** Reads servers and placement groups into memory. */
export async function loadCluster(store: MetadataStore, cluster: ClusterState): Promise<void> {
  const to = Uint8Array.of(Table.SERVER + 1);
  let from: Uint8Array = Uint8Array.of(Table.SERVER);
  for (;;) {
    const entries = await store.scan({ from, to }, SERVERS_PER_SCAN);
    for (const { key, value } of entries) cluster.load(readUint32(key, 1), decodeServer(value));
    const last = entries.at(-1);
    if (last === undefined || entries.length < SERVERS_PER_SCAN) break;
    from = Uint8Array.of(...last.key, 0);
  }
  await cluster.groups.refresh(store);
}

function hex(id: Uint8Array): string {
  return Buffer.from(id).toString('hex');
}
