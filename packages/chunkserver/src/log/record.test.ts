import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blockCount } from '@tessera/protocol';
import fc from 'fast-check';
import { RECORD_HEADER_BYTES_MAX, SECTOR_BYTES } from './limits.js';
import { decodeRecordHeader, encodeRecordHeader, type RecordHeader, RecordKind, recordHeaderBytes } from './record.js';

const anySlot = fc
  .integer({ min: 0, max: 300_000 })
  .chain((length) =>
    fc
      .uint8Array({ minLength: 8 * blockCount(length), maxLength: 8 * blockCount(length) })
      .map((blockChecksums) => ({ length, blockChecksums })),
  );

const anyHeader: fc.Arbitrary<RecordHeader> = fc
  .record({ dataCount: fc.integer({ min: 1, max: 32 }), parityCount: fc.integer({ min: 0, max: 16 }) })
  .chain(({ dataCount, parityCount }) =>
    fc.record({
      kind: fc.constantFrom(RecordKind.PUT, RecordKind.SEAL),
      lsn: fc.maxSafeNat(),
      offset: fc.nat({ max: 2 ** 30 }).map((sector) => sector * SECTOR_BYTES),
      pg: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      stripe: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      slot: fc.nat({ max: 65_535 }),
      position: fc.nat({ max: 65_535 }),
      era: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      payloadBytes: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      description: fc.record({
        dataCount: fc.constant(dataCount),
        parityCount: fc.constant(parityCount),
        slots: fc.array(anySlot, { minLength: dataCount + parityCount, maxLength: dataCount + parityCount }),
      }),
    }),
  );

const anyNonce = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

function plain(header: RecordHeader | undefined) {
  if (header === undefined) return undefined;
  const slots = header.description.slots.map((slot) => ({ ...slot, blockChecksums: [...slot.blockChecksums] }));
  return { ...header, description: { ...header.description, slots } };
}

describe('record headers', () => {
  it('come out as they went in', () => {
    fc.assert(
      fc.property(anyHeader, anyNonce, (header, nonce) => {
        const bytes = encodeRecordHeader(header, nonce);
        assert.equal(bytes.length % SECTOR_BYTES, 0);
        assert.deepEqual(plain(decodeRecordHeader(bytes, nonce, header.offset)), plain(header));
      }),
      { numRuns: 50 },
    );
  });

  it('are refused at another offset, in another file and when cut short', () => {
    fc.assert(
      fc.property(anyHeader, anyNonce, (header, nonce) => {
        const bytes = encodeRecordHeader(header, nonce);
        assert.equal(decodeRecordHeader(bytes, nonce, header.offset + SECTOR_BYTES), undefined);
        assert.equal(decodeRecordHeader(bytes, nonce ^ 1n, header.offset), undefined);
        const headerBytes = recordHeaderBytes(header.description);
        assert.equal(decodeRecordHeader(bytes.subarray(0, headerBytes - 1), nonce, header.offset), undefined);
      }),
      { numRuns: 50 },
    );
  });

  it('are refused for any flipped bit', () => {
    const [header] = fc.sample(anyHeader, { numRuns: 1, seed: 7 });
    const small = {
      ...(header as RecordHeader),
      description: {
        dataCount: 1,
        parityCount: 1,
        slots: [1, 2].map(() => ({ length: 9, blockChecksums: new Uint8Array(8).fill(3) })),
      },
    };
    const bytes = encodeRecordHeader(small, 5n);
    for (let bit = 0; bit < recordHeaderBytes(small.description) * 8; bit++) {
      const bad = Uint8Array.from(bytes);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.equal(decodeRecordHeader(bad, 5n, small.offset), undefined, `bit ${bit}`);
    }
  });

  it('have room for the widest stripe', () => {
    const list = (length: number) => ({ length, blockChecksums: new Uint8Array(8 * blockCount(length)) });
    const slots = [...Array(4).keys()].map(() => list(16 * 1024 ** 2));
    const widest = {
      dataCount: 32,
      parityCount: 16,
      slots: [...Array(28).fill(list(1)), ...slots, ...Array(16).fill(slots[0])],
    };
    assert.ok(recordHeaderBytes(widest) <= RECORD_HEADER_BYTES_MAX);
  });
});
