import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytes, hvector, subarray, type TransferRequest, transfers, vector, view } from './index.js';
import { stream, twinFrom } from './testing/naive.js';

const filledTwin = fc
  .uint8Array({ minLength: 60, maxLength: 60 })
  .map(twinFrom)
  .filter(({ real }) => real.size > 0);

test('byte by byte the two streams run side by side', () => {
  const side = fc.tuple(filledTwin, fc.nat({ max: 300 }));
  fc.assert(
    fc.property(side, side, fc.nat({ max: 400 }), ([mine, memoryPosition], [its, filePosition], length) => {
      const inMemory = stream(mine.naive, 1_000_000, memoryPosition + length).slice(memoryPosition);
      const inFile = stream(its.naive, 2_000_000, filePosition + length).slice(filePosition);
      const request: TransferRequest = {
        memory: view(mine.real, 1_000_000),
        memoryBytes: Math.max(0, ...inMemory) + 1,
        memoryPosition,
        file: view(its.real, 2_000_000),
        filePosition,
        length,
      };
      let done = 0;
      for (const { memoryOffset, fileOffset, length: moved } of transfers(request)) {
        for (let byte = 0; byte < moved; byte++) {
          assert.equal(memoryOffset + byte, inMemory[done + byte]);
          assert.equal(fileOffset + byte, inFile[done + byte]);
        }
        done += moved;
        // As long as both sides let it be.
        if (done === length) break;
        assert.ok(memoryOffset + moved !== inMemory[done] || fileOffset + moved !== inFile[done]);
      }
      assert.equal(done, length);
    }),
    { numRuns: 300 },
  );
});

test('a box of a volume into rows of a larger picture', () => {
  const file = view(subarray({ sizes: [4, 4], subsizes: [2, 3], starts: [1, 1] }, bytes(2)));
  const memory = view(vector(2, 3, 10, bytes(2)), 100);
  assert.deepEqual(
    [...transfers({ memory, memoryBytes: 126, file, length: 12 })],
    [
      { memoryOffset: 100, fileOffset: 10, length: 6 },
      { memoryOffset: 120, fileOffset: 18, length: 6 },
    ],
  );
});

test('one range on both sides is one transfer', () => {
  const request = { memory: view(bytes(1)), memoryBytes: 2 ** 40, file: view(bytes(8), 16), length: 2 ** 40 };
  assert.deepEqual([...transfers(request)], [{ memoryOffset: 0, fileOffset: 16, length: 2 ** 40 }]);
});

test('a buffer that is too small is refused before anything moves, and one byte more is enough', () => {
  const memory = view(hvector(3, 1, 10, bytes(4)));
  const request = (memoryBytes: number) => ({ memory, memoryBytes, file: view(bytes(1)), length: 12 });
  assert.throws(() => transfers(request(23)), {
    code: 'INVALID_ARGUMENT',
    message: /reaches byte 24 of a buffer of 23; give a larger buffer/,
  });
  assert.equal([...transfers(request(24))].length, 3);
  assert.throws(() => transfers({ ...request(24), filePosition: Number.MAX_SAFE_INTEGER }), {
    code: 'INVALID_ARGUMENT',
  });
  assert.throws(() => transfers({ ...request(24), memory: view(bytes(0)) }), { code: 'INVALID_ARGUMENT' });
  assert.deepEqual([...transfers({ ...request(0), length: 0 })], []);
});
