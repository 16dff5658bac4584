import { formatId, type Id, TesseraError } from '@tessera/protocol';
import { segmentKey } from '../../records/keys.js';
import { putSegment, readSegment } from '../../records/segment.js';
import type { Transaction } from '../../store/transaction.js';
import { releaseSegments } from './release-segments.js';
import type { StripeTotals } from './totals.js';

/**
 * Adds to, and takes from, what refers to segments. A segment without references goes, as `releaseSegments` says.
 * @throws TesseraError CORRUPT when a record is missing
 */
export function changeReferences(tx: Transaction, changes: readonly [Id, number][], change: StripeTotals): void {
  if (changes.length === 0) return;
  tx.prefetch(changes.map(([segment]) => segmentKey(segment)));
  const released: Id[] = [];
  for (const [id, count] of changes) {
    if (count < 0) {
      for (let left = count; left < 0; left++) released.push(id);
      continue;
    }
    const segment = readSegment(tx, id);
    if (segment === undefined) throw new TesseraError('CORRUPT', `segment ${formatId(id)} has no record`);
    putSegment(tx, id, { ...segment, refs: segment.refs + count });
  }
  if (released.length > 0) releaseSegments(tx, released, change);
}
