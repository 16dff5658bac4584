import { BATCH_OPERATIONS_MAX } from '@tessera/protocol';
import {
  BATCH_REPLY_BYTES_MAX,
  BATCH_REQUEST_BYTES_MAX,
  BATCH_SPLIT_OPERATIONS_MIN,
  BATCHES_IN_FLIGHT_MAX,
} from '../limits.js';

export interface QueuedOperation {
  requestBytes: number;
  /** Estimate. */
  replyBytes: number;
}

/**
 * How many operations from the head of the queue go into the next call. What is outstanding is shared out evenly over
 * the calls that may be in flight, so that client and metaserver work at the same time, but not into tiny calls.
 */
export function batchSize(queue: readonly QueuedOperation[], operationsInFlight: number): number {
  const share = Math.ceil((queue.length + operationsInFlight) / BATCHES_IN_FLIGHT_MAX);
  const most = Math.min(queue.length, BATCH_OPERATIONS_MAX, Math.max(BATCH_SPLIT_OPERATIONS_MIN, share));
  let requestBytes = 0;
  let replyBytes = 0;
  for (let count = 0; count < most; count++) {
    const operation = queue[count] as QueuedOperation;
    requestBytes += operation.requestBytes;
    replyBytes += operation.replyBytes;
    const over = requestBytes > BATCH_REQUEST_BYTES_MAX || replyBytes > BATCH_REPLY_BYTES_MAX;
    if (over && count > 0) return count;
  }
  return most;
}
