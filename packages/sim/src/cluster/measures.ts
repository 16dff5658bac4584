import type { Chunkserver } from '@tessera/chunkserver';
import type { Metaserver } from '@tessera/metaserver';
import type { Measure } from '../oracle/bounds.js';

/** A transaction that began below a mark may write as much as this past it. */
const TRANSACTION_BYTES_MAX = 16 * 1024 * 1024;

/** The longest segment here, with what its record says of it. */
const RECORD_BYTES_MAX = 1024 * 1024 + 64 * 1024;
/** Keys and values that few clients' transactions are made to wait for. */
const TRANSACTIONS_WAITED_FOR_BYTES = 64 * 1024;

/** What a metaserver holds for those who ask it, by the numbers that its metrics show. */
export function metaserverMeasures({ store, sessions, calls, cluster }: Metaserver): Measure[] {
  const measured = store.measures();
  const { operationsPendingLimit: operations } = measured;
  const groupBytesMax = measured.openGroupBytesLimit + TRANSACTION_BYTES_MAX;
  return [
    { what: 'operations pending', value: measured.operationsPending, limit: operations, atRest: 0 },
    { what: 'transactions waiting', value: measured.transactionsWaiting, limit: operations, atRest: 0 },
    { what: 'scans waiting', value: measured.scansWaiting, limit: operations, atRest: 0 },
    { what: 'calls in flight', value: calls.inFlight, limit: operations, atRest: 0 },
    { what: 'sessions open', value: sessions.openCount, limit: sessions.sessionsMax },
    { what: 'leases open', value: cluster.leases.count, limit: Number.POSITIVE_INFINITY, atRest: 0 },
    { what: 'bytes of the group that collects', value: measured.openGroupBytes, limit: groupBytesMax, atRest: 0 },
    // The group that is being written went by when the mark was not reached yet.
    {
      what: 'bytes that the view lacks',
      value: measured.unappliedBytes,
      limit: measured.unappliedBytesLimit + groupBytesMax,
    },
    // What the view lacks cannot be forgotten, nor what transactions wait for.
    {
      what: 'bytes of cached values',
      value: measured.cacheBytes,
      limit:
        measured.cacheBytesLimit + measured.openGroupBytes + measured.unappliedBytes + TRANSACTIONS_WAITED_FOR_BYTES,
    },
  ];
}

/** What a chunkserver holds for those who ask it, likewise. */
export function chunkserverMeasures({ dataPlane, store }: Chunkserver): Measure[] {
  const { connectionsMax, bodyBytesPerServerMax, headerBytesPerServerMax } = dataPlane.limits;
  const { bytes, limit } = store.unsyncedBytes;
  return [
    { what: 'connections', value: dataPlane.connections, limit: connectionsMax, atRest: 0 },
    { what: 'bytes of bodies', value: dataPlane.bodyBytes, limit: bodyBytesPerServerMax, atRest: 0 },
    { what: 'bytes of requests', value: dataPlane.headerBytes, limit: headerBytesPerServerMax, atRest: 0 },
    // One record is taken whatever its length.
    { what: 'bytes not synced', value: bytes, limit: limit + RECORD_BYTES_MAX, atRest: 0 },
  ];
}
