import { TesseraError } from '@tessera/protocol';
import type { GroupEnds } from './group-ends.js';
import type { JournalEnd } from './transaction.js';

/**
 * Compares the journal with an end of it that someone else saw. DATA_LOSS when the journal is behind or had another
 * history there: acknowledged transactions are missing. An end too old to be compared passes.
 */
export function witnessedLoss(groupEnds: GroupEnds, witness: JournalEnd, root: string): TesseraError | undefined {
  const found = groupEnds.compare(Number(witness.lsn), witness.chain);
  if (found === 'same' || found === 'unknown') return undefined;
  const { lsn, era } = groupEnds.newest;
  const what = found === 'behind' ? `ends at lsn ${lsn}, era ${era}` : 'has another history there';
  const inTheWay =
    era > witness.era
      ? ` Journal files of era ${witness.era + 1} and later were begun without them: set these aside first; they alone ` +
        'hold what was acknowledged since.'
      : '';
  return new TesseraError(
    'DATA_LOSS',
    `chunkservers have seen the journal durable at lsn ${witness.lsn}, era ${witness.era}, but this one ${what}: ` +
      `acknowledged transactions are missing. Put back the newest journal from a backup of ${root}, or start the ` +
      `metaserver on the directory that has it.${inTheWay}`,
  );
}
