import {
  DATA_SHARDS_MAX,
  decodeId,
  formatId,
  ID_NONE,
  type Id,
  PARITY_SHARDS_MAX,
  type Redundancy,
  SEGMENT_BYTES_MAX,
  TesseraError,
  v1,
} from '@tessera/protocol';

/** A stripe as a commit presents it, its shape checked. */
export interface StripeWrite {
  pg: number;
  stripe: Id;
  lease: Id;
  /** The session whose lease it is; ID_NONE: the caller's. */
  lender: Id;
  dataCount: number;
  parityCount: number;
  /** Data first, then parity. */
  slots: SlotWrite[];
  target: Redundancy;
}

export interface SlotWrite {
  position: number;
  /** Bytes. */
  length: number;
  root: bigint;
  server: number;
  /** Empty: the shard is missing. */
  receipt: Uint8Array;
  /** What the receipt vouches for. */
  durability: v1.Durability;
}

const { DURABILITY_SYNCED, DURABILITY_WRITTEN } = v1.Durability;

/** For a map of stripes. */
export function stripeName(pg: number, stripe: Id): string {
  return `${pg}/${formatId(stripe)}`;
}

/** @throws TesseraError INVALID_ARGUMENT */
export function parseStripeWrite(wire: v1.StripeWrite.$Properties): StripeWrite {
  const write: StripeWrite = {
    pg: wire.pg ?? 0,
    stripe: decodeId(wire.stripe),
    lease: decodeId(wire.lease),
    lender: decodeId(wire.lender),
    dataCount: wire.dataCount ?? 0,
    parityCount: wire.parityCount ?? 0,
    slots: (wire.slots ?? []).map(parseSlotWrite),
    target: { data: wire.target?.data ?? 0, parity: wire.target?.parity ?? 0 },
  };
  const { pg, stripe, dataCount, parityCount, slots } = write;
  if (pg === 0 || stripe === ID_NONE) refuse('a stripe is presented without its placement group or id');
  const name = stripeName(pg, stripe);
  if (dataCount < 1 || dataCount > DATA_SHARDS_MAX || parityCount > PARITY_SHARDS_MAX) {
    refuse(
      `stripe ${name} has ${dataCount} data and ${parityCount} parity slots; 1..${DATA_SHARDS_MAX} and 0..${PARITY_SHARDS_MAX} are allowed`,
    );
  }
  if (slots.length !== dataCount + parityCount) {
    refuse(`stripe ${name} says ${dataCount} data and ${parityCount} parity slots and lists ${slots.length}`);
  }
  checkLengths(name, slots.slice(0, dataCount), slots.slice(dataCount));
  for (const { receipt, durability } of slots) {
    if (receipt.length === 0 || durability === DURABILITY_SYNCED || durability === DURABILITY_WRITTEN) continue;
    refuse(`stripe ${name} has a receipt for durability ${durability}; synced and written are known`);
  }
  return write;
}

function parseSlotWrite(wire: v1.SlotWrite.$Properties): SlotWrite {
  return {
    position: wire.position ?? 0,
    length: wire.length ?? 0,
    root: decodeId(wire.root),
    server: wire.server ?? 0,
    receipt: wire.receipt ?? new Uint8Array(),
    durability: wire.durability ?? 0,
  };
}

/** Parity is as long as the longest data shard: shorter ones count as padded with zeros. */
function checkLengths(name: string, data: readonly SlotWrite[], parity: readonly SlotWrite[]): void {
  let longest = 0;
  for (const { length } of data) {
    if (length < 1 || length > SEGMENT_BYTES_MAX) {
      refuse(`stripe ${name} has a data slot of ${length} bytes; 1..${SEGMENT_BYTES_MAX} are allowed`);
    }
    longest = Math.max(longest, length);
  }
  for (const { length } of parity) {
    if (length !== longest) {
      refuse(`stripe ${name} has a parity slot of ${length} bytes; it must be ${longest}, as the longest data slot`);
    }
  }
}

function refuse(message: string): never {
  throw new TesseraError('INVALID_ARGUMENT', message);
}
