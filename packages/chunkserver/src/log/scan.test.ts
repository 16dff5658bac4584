import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DiskFile, randomBelow } from '@tessera/env';
import { SimulatedRandom } from '@tessera/env/simulated';
import { makePut, randomPayload } from '../testing/shards.js';
import { EntryKind } from './entry.js';
import { FILE_HEADER_BYTES, GROUP_BYTES, SECTOR_BYTES } from './limits.js';
import { encodeRecordHeader, RecordKind, recordBytes, recordHeaderBytes } from './record.js';
import { scanLogFile } from './scan.js';

const NONCE = 0x1122334455667788n;

/** A file of these bytes, for reading. */
function fileOf(content: Uint8Array): DiskFile {
  const read = (target: Uint8Array, position: number) => {
    const part = content.subarray(position, position + target.length);
    target.set(part);
    return part.length;
  };
  return {
    bytes: content.length,
    read: async (target: Uint8Array, position: number) => read(target, position),
  } as DiskFile;
}

/** A put record as it lies in a file. */
function record(payload: Uint8Array, place: { offset: number; lsn: number; nonce?: bigint }): Uint8Array {
  const put = makePut({ payload, stripe: BigInt(place.lsn) });
  const header = { ...put, ...place, kind: RecordKind.PUT, era: 0, payloadBytes: payload.length };
  const bytes = new Uint8Array(recordBytes(recordHeaderBytes(put.description), payload.length));
  const head = encodeRecordHeader(header, place.nonce ?? NONCE);
  bytes.set(head);
  bytes.set(payload, head.length);
  return bytes;
}

describe('scanning a log file', () => {
  it('finds every record, wherever groups and holes put them', async () => {
    const random = new SimulatedRandom('scan');
    for (let round = 0; round < 20; round++) {
      const content = new Uint8Array(3 * 1024 ** 2);
      const lsns: number[] = [];
      let offset = FILE_HEADER_BYTES;
      for (let lsn = 1; lsn <= 12; lsn++) {
        const bytes = record(randomPayload(random), { offset, lsn });
        content.set(bytes, offset);
        offset += bytes.length;
        if (randomBelow(random, 2) === 0) offset = Math.ceil(offset / GROUP_BYTES) * GROUP_BYTES;
        if (randomBelow(random, 4) === 0) offset += SECTOR_BYTES * randomBelow(random, 20);
        lsns.push(lsn);
      }
      const { entries, end, lastLsn } = await scanLogFile(fileOf(content), NONCE);
      assert.deepEqual(
        entries.map(({ lsn }) => lsn),
        lsns,
      );
      assert.ok(entries.every(({ kind, recovered }) => kind === EntryKind.PUT && recovered));
      assert.equal(lastLsn, 12);
      assert.equal(end % GROUP_BYTES, 0);
      assert.ok(content.subarray(end).every((byte) => byte === 0));
    }
  });

  it('takes no record from inside a payload: neither a forged one nor one of another file or place', async () => {
    const payload = new Uint8Array(300_000);
    const inside = (at: number, bytes: Uint8Array) => payload.set(bytes, at);
    // The payload starts one sector after the record.
    const start = FILE_HEADER_BYTES + SECTOR_BYTES;
    inside(0, record(new Uint8Array(100).fill(1), { offset: start, lsn: 50, nonce: 0n }));
    inside(8192, record(new Uint8Array(100).fill(2), { offset: start + 8192, lsn: 51, nonce: NONCE ^ 1n }));
    inside(16_384, record(new Uint8Array(100).fill(3), { offset: 4096, lsn: 52 }));
    const whole = record(payload, { offset: FILE_HEADER_BYTES, lsn: 1 });
    const content = new Uint8Array(FILE_HEADER_BYTES + whole.length);
    content.set(whole, FILE_HEADER_BYTES);
    // A flipped bit makes the scan look into the payload.
    content[FILE_HEADER_BYTES + 290_000] = 1;
    const { entries } = await scanLogFile(fileOf(content), NONCE);
    assert.deepEqual(
      entries.map(({ lsn, kind }) => [lsn, kind]),
      [[1, EntryKind.DOUBTFUL]],
    );
  });

  it('finds a record that was written over the place of a failed one', async () => {
    const failed = record(new Uint8Array(200_000).fill(9), { offset: FILE_HEADER_BYTES, lsn: 1 });
    const content = new Uint8Array(FILE_HEADER_BYTES + failed.length);
    content.set(failed, FILE_HEADER_BYTES);
    const offset = FILE_HEADER_BYTES + 64 * SECTOR_BYTES;
    content.set(record(new Uint8Array(5000).fill(8), { offset, lsn: 2 }), offset);
    const { entries } = await scanLogFile(fileOf(content), NONCE);
    assert.deepEqual(
      entries.map(({ lsn, kind }) => [lsn, kind]),
      [
        [1, EntryKind.DOUBTFUL],
        [2, EntryKind.PUT],
      ],
    );
  });

  it('reports what the end of the file cuts off as doubtful', async () => {
    const whole = record(new Uint8Array(100_000).fill(4), { offset: FILE_HEADER_BYTES, lsn: 1 });
    const content = new Uint8Array(FILE_HEADER_BYTES + 50_000);
    content.set(whole.subarray(0, 50_000), FILE_HEADER_BYTES);
    const { entries } = await scanLogFile(fileOf(content), NONCE);
    assert.deepEqual(
      entries.map(({ kind }) => kind),
      [EntryKind.DOUBTFUL],
    );
  });
});
