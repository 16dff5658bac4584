import { hash64 } from '@tessera/protocol';

/*
 * The digest of a table (first byte of a key) is the sum modulo 2^64 of the hashes of its entries: it can be kept up to
 * date without reading the table, and a full scan must arrive at the same number. Keys that vanish from the view, or
 * old values that come back, have no checksum of their own to fail.
 */

/** Binds a value to its key. */
export function entryHash(key: Uint8Array, value: Uint8Array): bigint {
  return hash64(value, hash64(key));
}

const TABLES = 256;

/** One digest for each table; an empty table has 0. */
export class Digests {
  readonly #sums: bigint[];

  constructor(sums?: Iterable<readonly [table: number, sum: bigint]>) {
    this.#sums = new Array<bigint>(TABLES).fill(0n);
    if (sums) for (const [table, sum] of sums) this.#sums[table] = sum;
  }

  get(table: number): bigint {
    return this.#sums[table] as bigint;
  }

  set(table: number, sum: bigint): void {
    this.#sums[table] = sum;
  }

  add(table: number, hash: bigint): void {
    this.#sums[table] = BigInt.asUintN(64, (this.#sums[table] as bigint) + hash);
  }

  subtract(table: number, hash: bigint): void {
    this.#sums[table] = BigInt.asUintN(64, (this.#sums[table] as bigint) - hash);
  }

  /** The tables that are not empty, in order. */
  entries(): [table: number, sum: bigint][] {
    const entries: [number, bigint][] = [];
    for (const [table, sum] of this.#sums.entries()) if (sum !== 0n) entries.push([table, sum]);
    return entries;
  }

  copy(): Digests {
    return new Digests(this.entries());
  }

  /** Tables whose digests differ. */
  differences(other: Digests): number[] {
    const tables: number[] = [];
    for (const [table, sum] of this.#sums.entries()) if (sum !== other.get(table)) tables.push(table);
    return tables;
  }
}

/** How people see a table: its letter, as in the list of keys. */
export function showTable(table: number): string {
  return table > 0x20 && table < 0x7f ? `'${String.fromCharCode(table)}'` : `0x${table.toString(16).padStart(2, '0')}`;
}
