import { ERA_MAX, TesseraError, toSafeNumber, type v1 } from '@tessera/protocol';
import type { JournalEnd } from '../store/transaction.js';

/** What a chunkserver was told of this cluster's journal. */
export interface JournalSeen {
  /** The highest era it knows of; 0 for none. */
  era: number;
  /** The newest durable end. */
  end: JournalEnd | undefined;
}

/** The parts of a registration or heartbeat that say it. */
export type JournalClaim = Pick<v1.RegisterRequest.$Properties, 'witness' | 'eraSeen'>;

const CHAIN_BYTES = 32;

/** @throws TesseraError INVALID_ARGUMENT for what no journal can have: it says something of its sender only */
export function parseJournalSeen(claim: JournalClaim): JournalSeen {
  const { witness } = claim;
  const eraSeen = claim.eraSeen ?? 0;
  checkEra(eraSeen, 'era_seen');
  if (!witness?.era) return { era: eraSeen, end: undefined };
  checkEra(witness.era, "the witness's era");
  const chain = witness.chain ?? new Uint8Array();
  if (chain.length !== CHAIN_BYTES) {
    refuse(`the witness's chain has ${chain.length} bytes; it must have ${CHAIN_BYTES}`);
  }
  const end = { era: witness.era, lsn: BigInt(toSafeNumber(witness.lsn)), chain };
  return { era: Math.max(eraSeen, witness.era), end };
}

function checkEra(era: number, what: string): void {
  if (era > ERA_MAX) refuse(`${what} is ${era}; there is no era above ${ERA_MAX}`);
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', message);
}
