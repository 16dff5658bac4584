import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v1 } from '../generated/v1.js';
import { RECEIPT_BYTES } from './limits.js';
import { computeReceipt, type ReceiptClaim, receiptHolds } from './receipt.js';

describe('receipts', () => {
  const key = new Uint8Array(32).fill(7);
  const claim: ReceiptClaim = {
    pg: 3,
    stripe: 0x0000010000000009n,
    slot: 2,
    position: 5,
    length: 4096,
    root: 99n,
    server: 8,
    durability: v1.Durability.DURABILITY_SYNCED,
  };

  it('hold for exactly what was claimed', () => {
    const receipt = computeReceipt(key, claim);
    assert.equal(receipt.length, RECEIPT_BYTES);
    assert.ok(receiptHolds(key, claim, receipt));
    for (const field of Object.keys(claim) as (keyof ReceiptClaim)[]) {
      const value = claim[field];
      const other = { ...claim, [field]: typeof value === 'bigint' ? value + 1n : value + 1 };
      assert.ok(!receiptHolds(key, other, receipt), `a changed ${field} must not pass`);
    }
    assert.ok(!receiptHolds(new Uint8Array(32), claim, receipt));
    assert.ok(!receiptHolds(key, claim, receipt.subarray(1)));
    assert.ok(!receiptHolds(key, claim, new Uint8Array(0)));
  });

  it('never change: disks and wire carry them', () => {
    assert.equal(Buffer.from(computeReceipt(key, claim)).toString('hex'), FIXED_RECEIPT);
  });
});

// Computed apart: HMAC-SHA-256 of 'tsr2' and the fields big-endian, Python's hmac and struct.
const FIXED_RECEIPT = '5946fdae4c0c49babf532bb4f1527bc3';
