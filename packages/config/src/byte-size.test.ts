import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatByteSize, parseByteSize } from './byte-size.js';

test('sizes are read plain and with binary units', () => {
  const sizes: [string, number | undefined][] = [
    ['4096', 4096],
    ['10GiB', 10 * 1024 ** 3],
    ['1.5 MiB', 1.5 * 1024 ** 2],
    ['512B', 512],
    ['0', undefined],
    ['0.1B', undefined],
    ['10GB', undefined],
    ['ten', undefined],
    ['-1', undefined],
    ['', undefined],
    ['9999999PiB', undefined],
  ];
  for (const [text, bytes] of sizes) assert.equal(parseByteSize(text), bytes, text);
});

test('what is written is read as the same', () => {
  assert.equal(formatByteSize(8 * 1024 ** 4), '8TiB');
  assert.equal(formatByteSize(1000), '1000B');
  fc.assert(
    fc.property(fc.maxSafeInteger(), (number) => {
      const bytes = Math.abs(number) || 1;
      assert.equal(parseByteSize(formatByteSize(bytes)), bytes);
    }),
  );
});
