import type { JournalEnd } from './transaction.js';

export const CHAIN_BYTES = 32;

/** A place between two groups of the journal: everything up to `lsn` is before it. */
export interface JournalPosition {
  era: number;
  lsn: number;
  chain: Uint8Array;
  /** Time of the transaction `lsn`, ns since the Unix epoch. */
  timeNs: bigint;
}

/** Before the first transaction of a new journal. */
export function journalBeginning(): JournalPosition {
  return { era: 0, lsn: 0, chain: new Uint8Array(CHAIN_BYTES), timeNs: 0n };
}

export function journalEnd(position: JournalPosition): JournalEnd {
  return { era: position.era, lsn: BigInt(position.lsn), chain: position.chain };
}
