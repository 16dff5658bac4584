import { TesseraError } from './errors.js';
import { DATA_SHARDS_MAX, PARITY_SHARDS_MAX } from './limits.js';

/** k data segments and m parity shards a full stripe. copies-N is k = 1, m = N − 1. */
export interface Redundancy {
  data: number;
  parity: number;
}

/** Parses `rs-K-M` or `copies-N`. @throws TesseraError INVALID_LAYOUT */
export function parseRedundancy(text: string): Redundancy {
  const coded = /^rs-(\d{1,3})-(\d{1,3})$/.exec(text);
  const copies = /^copies-(\d{1,3})$/.exec(text);
  if (coded === null && copies === null) {
    throw new TesseraError(
      'INVALID_LAYOUT',
      `redundancy '${text}' is neither rs-K-M nor copies-N, e.g. rs-4-2 or copies-3`,
    );
  }
  const redundancy = coded
    ? { data: Number(coded[1]), parity: Number(coded[2]) }
    : { data: 1, parity: Number(copies?.[1]) - 1 };
  checkRedundancy(redundancy);
  return redundancy;
}

/** @throws TesseraError INVALID_LAYOUT */
export function checkRedundancy({ data, parity }: Redundancy): void {
  const whole = Number.isInteger(data) && Number.isInteger(parity);
  if (!whole || data < 1 || data > DATA_SHARDS_MAX || parity < 0 || parity > PARITY_SHARDS_MAX) {
    throw new TesseraError(
      'INVALID_LAYOUT',
      `redundancy has ${data} data and ${parity} parity shards; 1..${DATA_SHARDS_MAX} and 0..${PARITY_SHARDS_MAX} are allowed`,
    );
  }
}

/** `copies-N` for one data shard, else `rs-K-M`. */
export function formatRedundancy({ data, parity }: Redundancy): string {
  return data === 1 ? `copies-${parity + 1}` : `rs-${data}-${parity}`;
}
