import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, randomBelow, randomUnit, shuffle } from '../random.js';

/** Registers the tests that every Random must pass. Their bounds are loose: a sound generator misses none in a lifetime. */
export function randomContract(name: string, open: () => Random): void {
  describe(`Random contract: ${name}`, () => {
    test('fills targets of any length and offset, and nothing around them', () => {
      const random = open();
      for (const length of [0, 1, 3, 4, 5, 16, 31, 1_000, 65_537]) {
        const around = new Uint8Array(length + 16);
        const target = around.subarray(7, 7 + length);
        assert.equal(random.fill(target), target);
        assert.ok(around.subarray(0, 7).every((byte) => byte === 0));
        assert.ok(around.subarray(7 + length).every((byte) => byte === 0));
        if (length >= 16) assert.ok(new Set(target).size > 8);
      }
    });

    test('words are integers below 2^32 and rarely repeat', () => {
      const random = open();
      const words = Array.from({ length: 10_000 }, () => random.uint32());
      assert.ok(words.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32));
      assert.ok(new Set(words).size > 9_990);
    });

    test('every bit is set about half of the time', () => {
      const random = open();
      const counts = new Array<number>(32).fill(0);
      for (let round = 0; round < 20_000; round++) {
        const word = random.uint32();
        for (let bit = 0; bit < 32; bit++) counts[bit] = (counts[bit] as number) + ((word >>> bit) & 1);
      }
      for (const count of counts) assert.ok(Math.abs(count - 10_000) < 700, `${count} of 20,000`);
    });

    test('bounded integers reach all values about equally', () => {
      const random = open();
      for (const bound of [1, 2, 3, 7, 10]) {
        const counts = new Array<number>(bound).fill(0);
        for (let round = 0; round < 20_000; round++) {
          const value = randomBelow(random, bound);
          counts[value] = (counts[value] as number) + 1;
        }
        for (const count of counts) assert.ok(Math.abs(count - 20_000 / bound) < 700, `${count} with bound ${bound}`);
      }
      assert.ok(randomBelow(random, 2 ** 32) < 2 ** 32);
    });

    test('floats lie in [0, 1) and a shuffle keeps its items', () => {
      const random = open();
      for (let round = 0; round < 1_000; round++) {
        const unit = randomUnit(random);
        assert.ok(unit >= 0 && unit < 1);
      }
      const items = Array.from({ length: 100 }, (_, index) => index);
      const shuffled = shuffle(random, [...items]);
      assert.notDeepEqual(shuffled, items);
      assert.deepEqual(
        shuffled.toSorted((one, other) => one - other),
        items,
      );
    });
  });
}
