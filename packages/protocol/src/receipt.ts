import { createHmac, timingSafeEqual } from 'node:crypto';
import type { v1 } from '../generated/v1.js';
import { type Id, writeUint32, writeUint64 } from './ids.js';
import { RECEIPT_BYTES } from './limits.js';

/** What a chunkserver vouches for with a receipt: this shard is on its disk. */
export interface ReceiptClaim {
  pg: number;
  stripe: Id;
  slot: number;
  position: number;
  /** Length of the shard in bytes. */
  length: number;
  root: bigint;
  server: number;
  /** SYNCED: it was there after the sync that covers it. WRITTEN: the system has it, a power loss may take it. */
  durability: v1.Durability;
}

const DOMAIN = new TextEncoder().encode('tsr2');
const MESSAGE_BYTES = 41;

/** HMAC-SHA-256 over the claim with the chunkserver's key, cut to 16 bytes. */
export function computeReceipt(key: Uint8Array, claim: ReceiptClaim): Uint8Array {
  const message = new Uint8Array(MESSAGE_BYTES);
  message.set(DOMAIN, 0);
  writeUint32(message, 4, claim.pg);
  writeUint64(message, 8, claim.stripe);
  writeUint32(message, 16, claim.slot);
  writeUint32(message, 20, claim.position);
  writeUint32(message, 24, claim.length);
  writeUint32(message, 28, claim.server);
  writeUint64(message, 32, claim.root);
  message[40] = claim.durability;
  return createHmac('sha256', key).update(message).digest().subarray(0, RECEIPT_BYTES);
}

export function receiptHolds(key: Uint8Array, claim: ReceiptClaim, receipt: Uint8Array): boolean {
  return receipt.length === RECEIPT_BYTES && timingSafeEqual(computeReceipt(key, claim), receipt);
}
