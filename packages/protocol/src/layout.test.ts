import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v1 } from '../generated/v1.js';
import { checkLayout, DEFAULT_LAYOUT, inheritLayout, type Layout, layoutToWire } from './layout.js';

describe('layouts', () => {
  it('inherit field by field', () => {
    const child = inheritLayout(DEFAULT_LAYOUT, { redundancy: { data: 1, parity: 2 }, inlineBytes: 0 });
    assert.deepEqual(child.redundancy, { data: 1, parity: 2 });
    assert.equal(child.inlineBytes, 0, 'a set zero is not "unset"');
    assert.equal(child.segmentBytes, DEFAULT_LAYOUT.segmentBytes);
    assert.deepEqual(inheritLayout(child, undefined), child);
  });

  it('survive the wire: unset stays unset, set zero stays zero', () => {
    const decoded = v1.Layout.decode(v1.Layout.encode({ inlineBytes: 0 }).finish());
    const child = inheritLayout(DEFAULT_LAYOUT, decoded);
    assert.equal(child.inlineBytes, 0);
    assert.equal(child.segmentBytes, DEFAULT_LAYOUT.segmentBytes);
    const whole = v1.Layout.decode(v1.Layout.encode(layoutToWire(DEFAULT_LAYOUT)).finish());
    assert.deepEqual(inheritLayout({ ...DEFAULT_LAYOUT, segmentBytes: 65536 }, whole), DEFAULT_LAYOUT);
  });

  const bad: [string, Partial<Layout>][] = [
    ['segments below 64 KiB', { segmentBytes: 4096 }],
    ['segments above 16 MiB', { segmentBytes: 32 * 2 ** 20 }],
    ['segments that are no multiple of the block', { segmentBytes: 2 ** 20 + 1 }],
    ['stripes above 64 MiB', { segmentBytes: 16 * 2 ** 20, redundancy: { data: 5, parity: 2 } }],
    ['more shards per domain than parity', { shardsPerDomain: 3 }],
    ['no shards per domain', { shardsPerDomain: 0 }],
    ['large inline files', { inlineBytes: 4097 }],
    ['unknown distributions', { distribution: 'varstrip' }],
    ['unknown mixing', { mixing: 9 as v1.Mixing }],
    ['unknown domain level', { failureDomain: 77 as v1.DomainLevel }],
    ['empty label keys', { placementLabels: [{ key: '', value: 'x' }] }],
    ['bad codes', { redundancy: { data: 40, parity: 2 } }],
  ];
  for (const [what, fields] of bad) {
    it(`refuse ${what}`, () => {
      assert.throws(() => checkLayout({ ...DEFAULT_LAYOUT, ...fields }), { code: 'INVALID_LAYOUT' });
    });
  }

  it('accept the default', () => checkLayout(DEFAULT_LAYOUT));
});
