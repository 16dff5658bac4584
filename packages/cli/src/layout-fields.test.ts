import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DirectoryLayout } from '@tessera/client';
import { LAYOUT_FIELDS } from './layout-fields.js';

const layout: DirectoryLayout = {
  redundancy: 'rs-4-2',
  segmentBytes: 1024 * 1024,
  mixing: 'directory',
  durability: 'synced',
  failureDomain: 'host',
  shardsPerDomain: 1,
  placementLabels: [
    { key: 'site', value: 'a' },
    { key: 'tier', value: 'ssd' },
  ],
  inlineBytes: 4096,
  distribution: 'simple_stripe',
  width: 0,
  serverOrder: 'any',
  startServer: 0,
  servers: [],
};

describe('layout fields', () => {
  it('are all of the layout’s, each once', () => {
    assert.deepEqual(LAYOUT_FIELDS.map(({ key }) => key).sort(), Object.keys(layout).sort());
  });

  it('show what people can read', () => {
    assert.deepEqual(
      LAYOUT_FIELDS.map(({ show }) => show(layout)),
      [
        'rs-4-2',
        '1.00 MiB',
        'directory',
        'synced',
        'host',
        '1',
        'site=a tier=ssd',
        '4.00 KiB',
        'simple_stripe',
        'all',
        'any',
        '-',
        'any',
      ],
    );
  });

  for (const [flag, text, value] of [
    ['segment-bytes', '256KiB', 262_144],
    ['mixing', 'tenant', 'tenant'],
    ['shards-per-domain', '2', 2],
    ['label', 'note=a=b', [{ key: 'note', value: 'a=b' }]],
    ['label', 'empty=', [{ key: 'empty', value: '' }]],
    ['inline-bytes', '0', 0],
    ['distribution', 'varstrip_dist:strips=0:32768;1:1K', 'varstrip:strips=0:32K;1:1K'],
    ['server-order', 'round-robin', 'round-robin'],
    ['start-server', '3', 3],
    ['servers', '3,1,2', [3, 1, 2]],
    ['servers', 'any', []],
  ] as const) {
    it(`--${flag} ${text}`, () => {
      assert.deepEqual(LAYOUT_FIELDS.find((field) => field.flag === flag)?.parse(text), value);
    });
  }
});
