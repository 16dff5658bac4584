import type { Id } from '@tessera/protocol';
import type { Transaction } from '../../store/transaction.js';

/**
 * Takes one reference from each segment. A segment without references goes and its slot is dead, which is final; parity
 * is dead once all data is. About four keys a segment.
 */
export function releaseSegments(_tx: Transaction, _segments: readonly Id[]): void {
  throw new Error('being written');
}
