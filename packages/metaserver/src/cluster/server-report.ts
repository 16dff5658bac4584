import { DOUBTFUL_PER_REPORT_MAX, decodeId, type Id, TesseraError, toSafeNumber, v1 } from '@tessera/protocol';

/** What a chunkserver says of itself with every heartbeat. */
export interface ServerReport {
  capacityBytes: number;
  usedBytes: number;
  /** What writes may still take. */
  freeBytes: number;
  shards: number;
  diskState: v1.DiskState;
  diskMessage: string;
  readErrors: number;
  writeErrors: number;
  doubtful: DoubtfulShard[];
}

/** A shard whose bytes an unclean stop left in doubt. */
export interface DoubtfulShard {
  pg: number;
  stripe: Id;
  slot: number;
}

const DISK_MESSAGE_CHARACTERS_MAX = 500;

/** @throws TesseraError INVALID_ARGUMENT */
export function parseServerReport(wire: v1.ServerReport.$Properties | null | undefined): ServerReport {
  const doubtful = wire?.doubtful ?? [];
  if (doubtful.length > DOUBTFUL_PER_REPORT_MAX) {
    refuse(`${doubtful.length} doubtful shards in one report; at most ${DOUBTFUL_PER_REPORT_MAX} are allowed`);
  }
  const diskState = wire?.diskState || v1.DiskState.DISK_STATE_HEALTHY;
  if (v1.DiskState[diskState] === undefined) refuse(`disk state ${diskState} is unknown`);
  return {
    capacityBytes: toSafeNumber(wire?.capacityBytes),
    usedBytes: toSafeNumber(wire?.usedBytes),
    freeBytes: toSafeNumber(wire?.freeBytes),
    shards: toSafeNumber(wire?.shards),
    diskState,
    diskMessage: (wire?.diskMessage ?? '').slice(0, DISK_MESSAGE_CHARACTERS_MAX),
    readErrors: toSafeNumber(wire?.readErrors),
    writeErrors: toSafeNumber(wire?.writeErrors),
    doubtful: doubtful.map(({ pg, stripe, slot }) => ({ pg: pg ?? 0, stripe: decodeId(stripe), slot: slot ?? 0 })),
  };
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', message);
}
