/** What the store did and holds, as plain numbers. Each `…Limit` is where its neighbour makes others wait or refuses them. */
export interface StoreMeasures {
  /** Operations accepted and not yet answered. */
  readonly operationsPending: number;
  readonly operationsPendingLimit: number;
  /** Transactions that wait for the journal or the view to catch up. */
  readonly transactionsWaiting: number;
  /** Scans that wait for their turn. */
  readonly scansWaiting: number;
  /** Of the group that collects. */
  readonly openGroupBytes: number;
  readonly openGroupBytesLimit: number;
  /** What the journal has and the view lacks. */
  readonly unappliedBytes: number;
  readonly unappliedBytesLimit: number;
  readonly cacheBytes: number;
  readonly cacheBytesLimit: number;
  /** Looks at the cache that found the key, and those that did not. */
  readonly cacheHits: number;
  readonly cacheMisses: number;
  /** Keys fetched from the view because a transaction waited for them. */
  readonly keysFetched: number;
  readonly journalGroups: number;
  readonly journalBytes: number;
  /** Written since the newest checkpoint. */
  readonly journalSinceCheckpointBytes: number;
}
