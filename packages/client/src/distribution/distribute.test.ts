import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DistributionSpec, distribute, formatDistribution } from './index.js';

test('a specification that was not read is checked just so', () => {
  const bad = (spec: unknown, message: RegExp) =>
    assert.throws(() => distribute(spec as DistributionSpec, { servers: 4, segmentBytes: 1 }), {
      code: 'INVALID_LAYOUT',
      message,
    });
  bad({ name: 'random' }, /'random' is unknown/);
  bad({ name: 'simple_stripe', stripBytes: 0 }, /strip_size is 0/);
  bad({ name: 'simple_stripe', stripBytes: 2 ** 52 }, /strip_size × servers × group_strip_factor is past/);
  bad({ name: 'twod_stripe', groups: 1.5, factor: 1 }, /num_groups is 1.5/);
  bad({ name: 'varstrip', strips: [] }, /strips has 0 strips; give 1..1024/);
  bad({ name: 'varstrip', strips: [{ server: 0, bytes: 0.5 }] }, /the strip of server 0 is 0.5/);
  const long = Array.from({ length: 1_024 }, () => ({ server: 0, bytes: 1 }));
  assert.equal(distribute({ name: 'varstrip', strips: long }, { servers: 1, segmentBytes: 1 }).servers, 1);
  assert.throws(() => formatDistribution({ name: 'varstrip', strips: long }), { code: 'INVALID_LAYOUT' });
});
