import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hash64, writeUint64 } from '@tessera/protocol';
import fc from 'fast-check';
import { decodeEntry, ENTRY_BYTES, EntryKind, encodeEntry } from './entry.js';
import { decodeFileHeader, encodeFileHeader } from './file-header.js';
import { FILE_HEADER_BYTES } from './limits.js';
import { decodeTrailer, encodeTrailer } from './trailer.js';

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const header = { diskId: new Uint8Array(16).fill(7), file: 3, nonce: 0x1234n, firstLsn: 2 ** 40 + 1, madeNs: 99n };

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const bad = Uint8Array.from(bytes);
  bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
  return bad;
}

describe('log file headers', () => {
  it('survive any flipped bit by their other copy, and say which is damaged', () => {
    const bytes = encodeFileHeader(header);
    assert.equal(bytes.length, FILE_HEADER_BYTES);
    assert.deepEqual(decodeFileHeader(bytes, 'f'), { header, damagedAt: [] });
    for (const copy of [0, 4096]) {
      for (let bit = 0; bit < 64 * 8; bit++) {
        assert.deepEqual(decodeFileHeader(flipped(bytes, copy * 8 + bit), 'f'), { header, damagedAt: [copy] });
      }
    }
    const both = flipped(flipped(bytes, 100), 4096 * 8 + 7);
    assert.deepEqual(decodeFileHeader(both, 'f'), { header: undefined, damagedAt: [0, 4096] });
    assert.deepEqual(decodeFileHeader(new Uint8Array(0), 'f').header, undefined);
  });

  it('of a newer format refuse the disk', () => {
    const bytes = encodeFileHeader(header);
    bytes[5] = 3;
    writeUint64(bytes, 56, hash64(bytes.subarray(0, 56)));
    assert.throws(() => decodeFileHeader(bytes, '/d/log/1'), {
      code: 'DISK_REFUSED',
      message: /has log format 3; this program knows format 2/,
    });
  });
});

describe('footer entries and trailers', () => {
  it('come out as they went in', () => {
    const anyEntry = fc.record(
      {
        kind: fc.constantFrom(EntryKind.PUT, EntryKind.TOMBSTONE, EntryKind.DOUBTFUL),
        recovered: fc.boolean(),
        lsn: fc.maxSafeNat(),
        root: uint64,
        offset: fc.maxSafeNat(),
        headerBytes: uint32,
        payloadBytes: uint32,
        position: fc.nat({ max: 65_535 }),
        era: uint32,
        pg: uint32,
        stripe: uint64,
        slot: fc.nat({ max: 65_535 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(anyEntry, fc.nat({ max: 3 }), (entry, index) => {
        const bytes = new Uint8Array(4 * ENTRY_BYTES).fill(0xff);
        encodeEntry(entry, bytes, index * ENTRY_BYTES);
        assert.deepEqual(decodeEntry(bytes, index * ENTRY_BYTES), entry);
      }),
    );
  });

  it('tell all that the header does, and are refused for any flipped bit', () => {
    const { madeNs: _, ...identity } = header;
    const trailer = { ...identity, sealOffset: 8192, sealLsn: 2 ** 35, entries: 77 };
    const bytes = encodeTrailer(trailer);
    assert.deepEqual(decodeTrailer(bytes), trailer);
    for (let bit = 0; bit < 72 * 8; bit++) assert.equal(decodeTrailer(flipped(bytes, bit)), undefined, `bit ${bit}`);
  });
});
