import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DistributionSpec } from './distribution-spec.js';
import { formatDistribution, parseDistribution } from './distribution-text.js';

const bytes = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1 << 10, 64 << 10, 3 << 20, 5 * 2 ** 30));
const strip = fc.oneof(fc.constant({}), fc.record({ stripBytes: bytes }));
const whole = fc.integer({ min: 1, max: 1_000 });
const specs: fc.Arbitrary<DistributionSpec> = fc.oneof(
  fc.constant<DistributionSpec>({ name: 'basic' }),
  strip.map((own): DistributionSpec => ({ name: 'simple_stripe', ...own })),
  fc
    .tuple(whole, whole, strip)
    .map(([groups, factor, own]): DistributionSpec => ({ name: 'twod_stripe', groups, factor, ...own })),
  fc.array(bytes, { minLength: 1, maxLength: 20 }).map(
    (lengths): DistributionSpec => ({
      name: 'varstrip',
      strips: lengths.map((each, server) => ({ server, bytes: each })),
    }),
  ),
);

test('what is written reads as the same', () => {
  fc.assert(fc.property(specs, (spec) => assert.deepEqual(parseDistribution(formatDistribution(spec)), spec)));
});

test('names and parameters as PVFS has them', () => {
  const K = 1024;
  assert.deepEqual(parseDistribution('basic'), { name: 'basic' });
  assert.deepEqual(parseDistribution('basic_dist'), { name: 'basic' });
  assert.deepEqual(parseDistribution('simple_stripe'), { name: 'simple_stripe' });
  assert.deepEqual(parseDistribution('simple_stripe:strip_size=65536'), { name: 'simple_stripe', stripBytes: 64 * K });
  assert.deepEqual(parseDistribution('twod_stripe'), { name: 'twod_stripe', groups: 2, factor: 256 });
  assert.deepEqual(parseDistribution('twod_stripe:strip_size=1m,num_groups=3,group_strip_factor=4'), {
    name: 'twod_stripe',
    groups: 3,
    factor: 4,
    stripBytes: K * K,
  });
  const strips = [
    { server: 0, bytes: 32 * K },
    { server: 1, bytes: K },
  ];
  assert.deepEqual(parseDistribution('varstrip:strips=0:32K;1:1K'), { name: 'varstrip', strips });
  assert.deepEqual(parseDistribution('varstrip_dist:strips=0:32768;1:1K;'), { name: 'varstrip', strips });
  assert.equal(formatDistribution({ name: 'varstrip', strips }), 'varstrip:strips=0:32K;1:1K');
  assert.equal(
    formatDistribution({ name: 'twod_stripe', groups: 2, factor: 256, stripBytes: 3 * 1024 ** 3 }),
    'twod_stripe:num_groups=2,strip_size=3G,group_strip_factor=256',
  );
});

function refused(text: string, message: RegExp): void {
  assert.throws(() => parseDistribution(text), { name: 'TesseraError', code: 'INVALID_LAYOUT', message });
}

test('what cannot be read is refused with what was expected', () => {
  refused('', /'' is unknown; known: basic, simple_stripe, twod_stripe, varstrip/);
  refused('toString', /'toString' is unknown/);
  refused('Basic', /'Basic' is unknown/);
  refused('basic:strip_size=1', /'strip_size=1' is no parameter of basic; known: none/);
  refused('simple_stripe:', /'' is no parameter of simple_stripe; known: strip_size=…/);
  refused('simple_stripe:strip_size', /'strip_size' is no parameter/);
  refused('simple_stripe:strip_size=1,strip_size=2', /strip_size is given twice/);
  refused('simple_stripe:strip_size=0', /strip_size is 0; a whole number from 1 on/);
  refused('simple_stripe:strip_size=-1', /strip_size is '-1'; bytes up to/);
  refused('simple_stripe:strip_size=1T', /strip_size is '1T'; bytes up to .* 64K/);
  refused('simple_stripe:strip_size=8388608G', /bytes up to 2\^53 − 1/);
  refused('twod_stripe:num_groups=two', /num_groups is 'two'/);
  refused('twod_stripe:num_groups=0', /num_groups is 0/);
  refused('twod_stripe:group_strip_factor=0', /group_strip_factor is 0/);
  refused('varstrip', /varstrip needs its strips, e.g. varstrip:strips=0:64K;1:128K/);
  refused('varstrip:strips=0', /strips has '0'; server:size is expected/);
  refused('varstrip:strips=;', /strips has ''/);
  refused('varstrip:strips=0:1K;;1:1K', /strips has ''/);
  refused('varstrip:strips=0:0', /the strip of server 0 is 0/);
  refused('varstrip:strips=0:1K;2:1K', /leaves out server 1; name all from 0 to the highest/);
  refused('varstrip:strips=4096:1K', /names server 4096; servers are 0..1023/);
  refused('varstrip:strips=0:8388607G;0:8388607G', /add up past 2\^53 − 1/);
  refused(`varstrip:strips=${'0:1;'.repeat(300)}`, /the text has 1216 characters; at most 1024/);
});
