import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createCodec } from './create-codec.js';
import { ErasureError, type ErasureErrorCode } from './error.js';
import type { ReconstructRequest } from './request.js';
import { noise, without } from './testing/stripe.js';

function refuses(call: () => unknown, code: ErasureErrorCode, message: RegExp): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof ErasureError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

for (const backend of ['simd', 'library'] as const) {
  suite(`bad input, ${backend} backend`, async () => {
    const codec = await createCodec({ backend });
    const data = noise([10, 8, 10], 1);
    const shards = [...data, ...codec.encode(data, 2)];
    const good: ReconstructRequest = {
      dataCount: 3,
      parityCount: 2,
      shardLengths: [10, 8, 10],
      shards: without(shards, [0, 4]),
      wanted: [0, 4],
    };

    test('the request that the bad ones vary is good', () => {
      assert.deepEqual(codec.reconstruct(good).get(0), data[0]);
    });

    test('counts out of bounds', () => {
      const encode = (dataCount: number, parityCount: number) => () =>
        codec.encode(noise(Array(dataCount).fill(3), 1), parityCount);
      refuses(encode(0, 2), 'INVALID_ARGUMENT', /0 data shards; expected 1 to 32/);
      refuses(encode(33, 2), 'INVALID_ARGUMENT', /33 data shards/);
      refuses(encode(4, 17), 'INVALID_ARGUMENT', /17 parity shards; expected 0 to 16/);
      refuses(encode(4, -1), 'INVALID_ARGUMENT', /-1 parity shards/);
      refuses(encode(4, 1.5), 'INVALID_ARGUMENT', /1\.5 parity shards/);
      assert.equal(encode(32, 16)().length, 16);
      refuses(() => codec.reconstruct({ ...good, dataCount: 33 }), 'INVALID_ARGUMENT', /33 data shards/);
      refuses(() => codec.reconstruct({ ...good, parityCount: 17 }), 'INVALID_ARGUMENT', /17 parity shards/);
    });

    test('a stripe of nothing', () => {
      refuses(() => codec.encode(noise([0, 0], 1), 1), 'INVALID_ARGUMENT', /all data shards are empty/);
      refuses(() => codec.reconstruct({ ...good, shardLengths: [0, 0, 0] }), 'INVALID_ARGUMENT', /empty/);
    });

    test('shards that are not bytes', () => {
      const text = 'not bytes' as unknown as Uint8Array;
      refuses(() => codec.encode([text], 1), 'INVALID_ARGUMENT', /data shard 0 is string; expected a Uint8Array/);
      refuses(() => codec.reconstruct({ ...good, shards: [text, ...shards.slice(1)] }), 'INVALID_ARGUMENT', /shard 0/);
    });

    test('buffers for the result that do not fit', () => {
      const fit = new Uint8Array(10);
      refuses(() => codec.encode(data, 2, [fit]), 'INVALID_ARGUMENT', /into has 1 buffers; expected .* 2 shards/);
      refuses(
        () => codec.encode(data, 2, [fit, new Uint8Array(9)]),
        'INVALID_ARGUMENT',
        /into\[1\] has 9 bytes; .* 10/,
      );
    });

    test('shards and lengths that contradict each other', () => {
      const request = (change: Partial<ReconstructRequest>) => () => codec.reconstruct({ ...good, ...change });
      refuses(request({ shards: good.shards.slice(1) }), 'INVALID_ARGUMENT', /4 entries; expected .* 5 slots/);
      refuses(request({ shardLengths: [10, 8] }), 'INVALID_ARGUMENT', /shardLengths has 2 entries; .* 3/);
      refuses(request({ shardLengths: [10, 8, -1] }), 'INVALID_ARGUMENT', /shardLengths\[2\] is -1/);
      refuses(request({ shardLengths: [10, 9, 10] }), 'INVALID_ARGUMENT', /shard 1 has 8 bytes; expected 9/);
      refuses(request({ shardLengths: [11, 8, 10] }), 'INVALID_ARGUMENT', /shard 3 has 10 bytes; expected 11/);
      refuses(request({ range: { from: 0, to: 9 } }), 'INVALID_ARGUMENT', /shard 2 has 10 bytes; expected 9/);
    });

    test('ranges that are none', () => {
      for (const range of [
        { from: -1, to: 4 },
        { from: 4, to: 3 },
        { from: 0, to: 1.5 },
        { from: Number.NaN, to: 4 },
      ]) {
        refuses(() => codec.reconstruct({ ...good, range }), 'INVALID_ARGUMENT', /range is \[.*expected byte offsets/);
      }
    });

    test('slots that cannot be wanted', () => {
      const wanting = (wanted: number[]) => () => codec.reconstruct({ ...good, wanted });
      refuses(wanting([5]), 'INVALID_ARGUMENT', /wanted slot 5 does not exist; .* 0 to 4/);
      refuses(wanting([-1]), 'INVALID_ARGUMENT', /wanted slot -1/);
      refuses(wanting([0.5]), 'INVALID_ARGUMENT', /wanted slot 0\.5/);
      refuses(wanting([1]), 'INVALID_ARGUMENT', /wanted slot 1 is among the given shards/);
      refuses(wanting([0, 0]), 'INVALID_ARGUMENT', /wanted slot 0 is listed twice/);
    });

    test('more losses than parity', () => {
      const lost = { ...good, shards: without(shards, [0, 2, 4]), wanted: [0] };
      refuses(
        () => codec.reconstruct(lost),
        'TOO_FEW_SHARDS',
        /2 shards at hand \(slots 1, 3\); any 3 .* 5 are needed/,
      );
      const none = { ...good, shards: without(shards, [0, 1, 2, 3, 4]) };
      refuses(() => codec.reconstruct(none), 'TOO_FEW_SHARDS', /0 shards at hand \(slots none\)/);
      const bare = { ...good, parityCount: 0, shards: without(data, [1]), wanted: [1] };
      refuses(() => codec.reconstruct(bare), 'TOO_FEW_SHARDS', /any 3 of the stripe's 3/);
    });

    test('a refusal leaves the codec usable', () => {
      refuses(() => codec.reconstruct({ ...good, wanted: [9] }), 'INVALID_ARGUMENT', /9/);
      assert.deepEqual(codec.reconstruct(good).get(4), shards[4]);
    });
  });
}
