import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LAYOUT, layoutToWire, v1 } from '@tessera/protocol';
import { NamespaceFixture, node } from '../../testing/namespace-fixture.js';
import { refused } from '../../testing/refused.js';

function plain(layout: v1.Layout.$Properties | null | undefined) {
  return v1.Layout.encode(layout ?? {})
    .finish()
    .toString();
}

test('a directory inherits, field by field, from all above it', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/a/b/c');
  const start = await fixture.op('getLayout', { node: node('/a/b/c') });
  assert.equal(plain(start.effective), plain(layoutToWire(DEFAULT_LAYOUT)));
  assert.equal(plain(start.own), plain({}));

  await fixture.op('setLayout', { node: node('/'), layout: { redundancy: { data: 1, parity: 2 } } });
  await fixture.op('setLayout', { node: node('/a/b'), layout: { segmentBytes: 131_072, inlineBytes: 0 } });
  const { own, effective, directory } = await fixture.op('getLayout', { node: node('/a/b/c') });
  assert.equal(plain(own), plain({}));
  assert.deepEqual(directory, (await fixture.stat('/a/b/c')).inode);
  const expected = { ...DEFAULT_LAYOUT, redundancy: { data: 1, parity: 2 }, segmentBytes: 131_072, inlineBytes: 0 };
  assert.equal(plain(effective), plain(layoutToWire(expected)));
  const b = await fixture.op('getLayout', { node: node('/a/b') });
  assert.equal(plain(b.own), plain({ segmentBytes: 131_072, inlineBytes: 0 }));

  await fixture.op('putFile', { node: node('/a/b/f') });
  const file = await fixture.op('getLayout', { node: node('/a/b/f') });
  assert.equal(plain(file.own), plain({}));
  assert.deepEqual(file.directory, b.directory);
  const alone = fixture.op('getLayout', { node: node('', (await fixture.stat('/a/b/f')).inode ?? undefined) });
  await refused(alone, 'INVALID_ARGUMENT', /ask with a path/);
});

test('setting replaces all that the directory sets itself', async () => {
  const fixture = await NamespaceFixture.create();
  await fixture.mkdir('/d');
  await fixture.op('setLayout', { node: node('/d'), layout: { segmentBytes: 65_536, width: 3 } });
  const { effective } = await fixture.op('setLayout', { node: node('/d'), layout: { inlineBytes: 9 } });
  assert.equal(plain(effective), plain(layoutToWire({ ...DEFAULT_LAYOUT, inlineBytes: 9 })));
  assert.equal(plain((await fixture.op('getLayout', { node: node('/d') })).own), plain({ inlineBytes: 9 }));
  await fixture.op('setLayout', { node: node('/d'), layout: {} });
  assert.equal(plain((await fixture.op('getLayout', { node: node('/d') })).own), plain({}));
});

test('a layout that is wrong, or wrong with what it inherits, changes nothing', async () => {
  const fixture = await NamespaceFixture.create({ servers: 6 });
  await fixture.mkdir('/d');
  await fixture.put('/f');
  const set = (layout: v1.Layout.$Properties) => fixture.op('setLayout', { node: node('/d'), layout });
  await refused(set({ redundancy: { data: 0, parity: 2 } }), 'INVALID_LAYOUT', /0 data/);
  await refused(set({ redundancy: {} }), 'INVALID_LAYOUT', /0 data/);
  await refused(set({ segmentBytes: 65_537 }), 'INVALID_LAYOUT', /segmentBytes is 65537/);
  await refused(set({ inlineBytes: 4_097 }), 'INVALID_LAYOUT', /inlineBytes is 4097/);
  await refused(set({ distribution: 'random' }), 'INVALID_LAYOUT', /'random' is unknown/);
  await refused(set({ mixing: 99 as v1.Mixing }), 'INVALID_LAYOUT', /mixing 99/);
  await refused(set({ durability: -1 as v1.Durability }), 'INVALID_LAYOUT', /durability -1/);
  await refused(set({ failureDomain: 7 as v1.DomainLevel }), 'INVALID_LAYOUT', /failure domain 7/);
  await refused(set({ placementLabels: [{ key: '', value: 'x' }] }), 'INVALID_LAYOUT', /label '=x'/);
  await refused(set({ redundancy: { data: 32, parity: 2 }, segmentBytes: 16 << 20 }), 'INVALID_LAYOUT', /stripes of/);
  await refused(set({ redundancy: { data: 5, parity: 2 } }), 'LAYOUT_UNSATISFIABLE', /6.*7|7.*6/);
  await refused(fixture.op('setLayout', { node: node('/d') }), 'INVALID_ARGUMENT', /layout is missing/);
  assert.equal(plain((await fixture.op('getLayout', { node: node('/d') })).own), plain({}));
  await set({ segmentBytes: 16 << 20 });
  await fixture.mkdir('/d/e');
  // Legal by itself, but not with the 16 MiB that /d sets.
  const inherited = fixture.op('setLayout', { node: node('/d/e'), layout: { redundancy: { data: 5, parity: 1 } } });
  await refused(inherited, 'INVALID_LAYOUT', /stripes of 83886080/);
});

test('distributions are kept in one form, and servers are checked before a layout takes them', async () => {
  const fixture = await NamespaceFixture.create({ servers: 6 });
  await fixture.mkdir('/d');
  const set = (layout: v1.Layout.$Properties) => fixture.op('setLayout', { node: node('/d'), layout });
  const { effective } = await set({
    distribution: 'varstrip_dist:strips=0:65536;1:128K;',
    serverOrder: v1.ServerOrder.SERVER_ORDER_LIST,
    servers: { servers: [3, 1] },
  });
  assert.equal(effective?.distribution, 'varstrip:strips=0:64K;1:128K');
  const { own } = await fixture.op('getLayout', { node: node('/d') });
  assert.equal(own?.distribution, 'varstrip:strips=0:64K;1:128K');
  assert.deepEqual(own?.servers?.servers, [3, 1]);
  await fixture.mkdir('/d/e');
  const inner = await fixture.op('setLayout', {
    node: node('/d/e'),
    layout: { startServer: 1, servers: {}, serverOrder: v1.ServerOrder.SERVER_ORDER_ANY },
  });
  assert.deepEqual(inner.effective?.servers?.servers, [], 'an empty list takes the inherited one back');
  const listless = fixture.op('setLayout', { node: node('/d/e'), layout: { servers: {} } });
  await refused(listless, 'INVALID_LAYOUT', /the order is the list|no servers are listed/);
  await refused(set({ distribution: 'varstrip' }), 'INVALID_LAYOUT', /needs its strips/);
  await refused(set({ servers: { servers: [1, 1] } }), 'INVALID_LAYOUT', /twice/);
  await refused(set({ servers: { servers: [1, 7] } }), 'LAYOUT_UNSATISFIABLE', /server 7 is not registered/);
  await refused(set({ width: 7 }), 'LAYOUT_UNSATISFIABLE', /width is 7, but a placement group has 6/);
  const made = fixture.op('mkdir', { node: node('/m'), layout: { startServer: 9 } });
  await refused(made, 'LAYOUT_UNSATISFIABLE', /server 9 is not registered; there are 1, 2, 3, 4, 5, 6/);
});
