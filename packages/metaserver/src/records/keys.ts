import { type Id, writeUint32, writeUint64 } from '@tessera/protocol';

/*
 * Keys of the ordered store: one prefix byte for each table, then fixed-width big-endian fields, then variable bytes
 * last, so that the common walks are scans. Each prefix keeps a digest of its own.
 */

export const Table = {
  CLUSTER: 0x6d, // 'm'
  INODE: 0x69, // 'i' inode
  DENTRY: 0x64, // 'd' parent ‖ name
  EXTENT_ROW: 0x65, // 'e' inode ‖ first offset
  EXTENT_INDEX: 0x6b, // 'k' inode ‖ level ‖ first offset
  XATTR: 0x61, // 'a' inode ‖ name
  SEGMENT: 0x73, // 's' segment
  STRIPE: 0x74, // 't' pg ‖ stripe
  SERVER: 0x63, // 'c' server
  PG: 0x67, // 'g' pg
  PG_SET: 0x70, // 'p' set
  LEASE: 0x6c, // 'l' lease
  SESSION: 0x79, // 'y' session
  SESSION_NONCE: 0x6e, // 'n' nonce
  RESULT: 0x78, // 'x' session ‖ sequence
  REAPED: 0x7a, // 'z' inode
  STAGED: 0x6f, // 'o' session ‖ inode
  REPAIR: 0x72, // 'r' pg ‖ stripe
  DEAD_STRIPE: 0x66, // 'f' time of death ‖ pg ‖ stripe
  HALF_DEAD_STRIPE: 0x77, // 'w' pg ‖ stripe
  HISTORY: 0x68, // 'h' reserved for snapshots: superseded records
} as const;

export const CLUSTER_KEY = Uint8Array.of(Table.CLUSTER, 0x01);
export const TOTALS_KEY = Uint8Array.of(Table.CLUSTER, 0x02);

export const inodeKey = (inode: Id) => key64(Table.INODE, inode);
export const segmentKey = (segment: Id) => key64(Table.SEGMENT, segment);
export const leaseKey = (lease: Id) => key64(Table.LEASE, lease);
export const sessionKey = (session: Id) => key64(Table.SESSION, session);
export const reapedKey = (inode: Id) => key64(Table.REAPED, inode);
export const serverKey = (server: number) => key32(Table.SERVER, server);
export const pgKey = (pg: number) => key32(Table.PG, pg);
export const pgSetKey = (set: number) => key32(Table.PG_SET, set);
export const stripeKey = (pg: number, stripe: Id) => key32then64(Table.STRIPE, pg, stripe);
export const repairKey = (pg: number, stripe: Id) => key32then64(Table.REPAIR, pg, stripe);
export const halfDeadStripeKey = (pg: number, stripe: Id) => key32then64(Table.HALF_DEAD_STRIPE, pg, stripe);
/** `firstOffset` is the lowest file offset that the row is for. */
export const extentRowKey = (inode: Id, firstOffset: number) =>
  key64then64(Table.EXTENT_ROW, inode, BigInt(firstOffset));
export const resultKey = (session: Id, sequence: bigint) => key64then64(Table.RESULT, session, sequence);
export const stagedKey = (session: Id, inode: Id) => key64then64(Table.STAGED, session, inode);

export function sessionNonceKey(nonce: Uint8Array): Uint8Array {
  const key = new Uint8Array(1 + nonce.length);
  key[0] = Table.SESSION_NONCE;
  key.set(nonce, 1);
  return key;
}

/** A node of the tree over a file's extent rows, at a level from 1 on. */
export function extentIndexKey(inode: Id, level: number, firstOffset: number): Uint8Array {
  const key = new Uint8Array(18);
  key[0] = Table.EXTENT_INDEX;
  writeUint64(key, 1, inode);
  key[9] = level;
  writeUint64(key, 10, BigInt(firstOffset));
  return key;
}

/** `deadNs`: when its last slot died. */
export function deadStripeKey(deadNs: bigint, pg: number, stripe: Id): Uint8Array {
  const key = new Uint8Array(21);
  key[0] = Table.DEAD_STRIPE;
  writeUint64(key, 1, deadNs);
  writeUint32(key, 9, pg);
  writeUint64(key, 13, stripe);
  return key;
}

export const dentryKey = (parent: Id, name: Uint8Array) => key64thenName(Table.DENTRY, parent, name);
export const xattrKey = (inode: Id, name: Uint8Array) => key64thenName(Table.XATTR, inode, name);

/** The name in the key of a dentry or an extended attribute. */
export function nameInKey(key: Uint8Array): Uint8Array {
  return key.subarray(9);
}

function key32(table: number, value: number): Uint8Array {
  const key = new Uint8Array(5);
  key[0] = table;
  writeUint32(key, 1, value);
  return key;
}

function key64(table: number, id: Id): Uint8Array {
  const key = new Uint8Array(9);
  key[0] = table;
  writeUint64(key, 1, id);
  return key;
}

function key64thenName(table: number, id: Id, name: Uint8Array): Uint8Array {
  const key = new Uint8Array(9 + name.length);
  key[0] = table;
  writeUint64(key, 1, id);
  key.set(name, 9);
  return key;
}

function key32then64(table: number, value: number, id: Id): Uint8Array {
  const key = new Uint8Array(13);
  key[0] = table;
  writeUint32(key, 1, value);
  writeUint64(key, 5, id);
  return key;
}

function key64then64(table: number, first: Id, second: bigint): Uint8Array {
  const key = new Uint8Array(17);
  key[0] = table;
  writeUint64(key, 1, first);
  writeUint64(key, 9, second);
  return key;
}
