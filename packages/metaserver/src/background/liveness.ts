import type { Clock, Log } from '@tessera/env';
import type { ClusterState } from '../cluster/cluster-state.js';
import { logStateChange } from '../cluster/state-log.js';
import { type Loop, startLoop } from './loop.js';

/** Looks at silent chunkservers this many times within the time that makes one suspect. */
const REVIEWS_PER_SUSPICION = 6;

/** Moves chunkservers that stopped reporting to suspect and down. */
export function startLiveness(context: { clock: Clock; cluster: ClusterState; log: Log; suspectMs: number }): Loop {
  const { clock, cluster, log, suspectMs } = context;
  const review = async () => {
    for (const change of cluster.reviewStates()) logStateChange(log, change);
  };
  return startLoop(clock, suspectMs / REVIEWS_PER_SUSPICION, review, (error) =>
    log.error({ err: error }, 'the review of chunkserver states failed'),
  );
}
