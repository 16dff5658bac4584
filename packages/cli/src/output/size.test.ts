import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatRate, formatSize, parseSize } from './size.js';

describe('sizes', () => {
  for (const [bytes, text] of [
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1536, '1.50 KiB'],
    [524_288, '512 KiB'],
    [1_048_575, '1.00 MiB'],
    [1_048_576, '1.00 MiB'],
    [10 * 1024 ** 3, '10.0 GiB'],
    [Number.MAX_SAFE_INTEGER, '8.00 PiB'],
  ] as const) {
    it(`${bytes} reads ${text}`, () => assert.equal(formatSize(bytes), text));
  }

  for (const [text, bytes] of [
    ['0', 0],
    ['65536', 65_536],
    ['64KiB', 65_536],
    ['64k', 65_536],
    ['64 K', 65_536],
    ['1MiB', 1_048_576],
    ['1.5MiB', 1_572_864],
    ['16M', 16_777_216],
    ['2GiB', 2 * 1024 ** 3],
    ['512B', 512],
  ] as const) {
    it(`'${text}' is ${bytes} bytes`, () => assert.equal(parseSize(text), bytes));
  }

  for (const text of ['', '-1', 'x', '1MB', '1 kb', '1.0000001KiB', '1e3', '99999999999999999999', '1KiBs', 'MiB']) {
    it(`'${text}' is refused`, () => assert.throws(() => parseSize(text), { code: 'INVALID_ARGUMENT' }));
  }

  it('are never more than half a percent off', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        const [number, unit] = formatSize(bytes).split(' ');
        const read = Number(number) * 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].indexOf(unit ?? '');
        assert.ok(Math.abs(read - bytes) <= bytes * 0.006, `${bytes} → ${number} ${unit}`);
      }),
    );
  });

  it('make rates in decimal megabytes', () => {
    assert.equal(formatRate(10_000_000, 2), '5.0 MB/s');
    assert.equal(formatRate(1, 0), '-');
  });
});
