import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v1 } from '../generated/v1.js';
import { checkLayout, DEFAULT_LAYOUT, inheritLayout, type Layout, layoutToWire } from './layout.js';
import { linesUp, requiredServers } from './server-choice.js';

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
    ['unknown distributions', { distribution: 'random' }],
    ['distributions that lack parameters', { distribution: 'varstrip' }],
    ['distributions wider than the file', { distribution: 'twod_stripe:num_groups=3', width: 2 }],
    ['distributions that need more servers than are listed', { distribution: 'varstrip:strips=0:1;1:1', servers: [4] }],
    ['strips too long', { distribution: 'simple_stripe:strip_size=1048576G' }],
    ['widths that no placement group has', { width: 49 }],
    ['unknown orders of servers', { serverOrder: 7 as v1.ServerOrder }],
    ['the order of a list without a list', { serverOrder: v1.ServerOrder.SERVER_ORDER_LIST }],
    ['lists that name a server twice', { servers: [3, 1, 3] }],
    ['lists that name no server', { servers: [0] }],
    ['lists without end', { servers: Array.from({ length: 49 }, (_, index) => index + 1) }],
    ['widths past the list', { servers: [3, 1], width: 3 }],
    ['a start server that the list leaves out', { servers: [3, 1], startServer: 2 }],
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

  it('inherit what they say of servers field by field, an empty list too', () => {
    const own = { servers: { servers: [5, 2] }, startServer: 2, serverOrder: v1.ServerOrder.SERVER_ORDER_RANDOM };
    const decoded = v1.Layout.decode(v1.Layout.encode(own).finish());
    const child = inheritLayout(DEFAULT_LAYOUT, decoded);
    const { servers, startServer, serverOrder } = child;
    assert.deepEqual({ servers: { servers }, startServer, serverOrder }, own);
    assert.deepEqual(inheritLayout(child, { width: 1 }), { ...child, width: 1 });
    const whole = v1.Layout.decode(v1.Layout.encode(layoutToWire(child)).finish());
    assert.deepEqual(inheritLayout(DEFAULT_LAYOUT, whole), child);
    const without = v1.Layout.decode(v1.Layout.encode({ servers: {}, startServer: 0 }).finish());
    assert.deepEqual(inheritLayout(child, without), { ...child, servers: [], startServer: 0 });
  });

  it('line files up once they say anything about servers', () => {
    assert.ok(!linesUp(DEFAULT_LAYOUT));
    const fields: Partial<Layout>[] = [
      { distribution: 'basic' },
      { distribution: 'simple_stripe:strip_size=1M' },
      { width: 1 },
      { serverOrder: v1.ServerOrder.SERVER_ORDER_IN_ORDER },
      { startServer: 1 },
      { servers: [1] },
    ];
    for (const field of fields) assert.ok(linesUp({ ...DEFAULT_LAYOUT, ...field }), JSON.stringify(field));
    assert.deepEqual(requiredServers({ ...DEFAULT_LAYOUT, startServer: 4 }), [4]);
    assert.deepEqual(requiredServers({ ...DEFAULT_LAYOUT, startServer: 4, servers: [2, 4] }), [2, 4]);
  });
});
