import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TesseraError } from './errors.js';
import { counterOf, decodeId, ERA_MAX, encodeId, eraOf, formatId, ID_COUNTER_MAX, ID_NONE, makeId } from './ids.js';

describe('ids', () => {
  it('are era ‖ counter in 8 big-endian bytes, so ids sort by era, then by counter', () => {
    const era = fc.integer({ min: 0, max: ERA_MAX });
    const counter = fc.integer({ min: 0, max: ID_COUNTER_MAX });
    fc.assert(
      fc.property(era, counter, era, counter, (eraA, counterA, eraB, counterB) => {
        const a = makeId(eraA, counterA);
        const b = makeId(eraB, counterB);
        assert.equal(eraOf(a), eraA);
        assert.equal(counterOf(a), counterA);
        assert.equal(decodeId(encodeId(a)), a);
        assert.equal(
          Math.sign(Buffer.compare(encodeId(a), encodeId(b))),
          Math.sign(eraA - eraB || counterA - counterB),
        );
      }),
    );
  });

  it('has fixed bytes', () => {
    assert.deepEqual(encodeId(makeId(0x010203, 0x0405060708)), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    assert.equal(formatId(makeId(1, 2)), '0000010000000002');
  });

  it('reads empty bytes as no id and refuses other lengths', () => {
    assert.equal(decodeId(new Uint8Array(0)), ID_NONE);
    assert.equal(decodeId(undefined), ID_NONE);
    for (const length of [1, 7, 9]) {
      assert.throws(() => decodeId(new Uint8Array(length)), { code: 'INVALID_ARGUMENT' });
    }
  });

  it('refuses to issue past the end of an era', () => {
    assert.throws(() => makeId(1, ID_COUNTER_MAX + 1), TesseraError);
    assert.throws(() => makeId(ERA_MAX + 1, 0), TesseraError);
  });
});
