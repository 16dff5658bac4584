import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALL_BYTES_MAX, NAME_BYTES_MAX, v1 } from '@tessera/protocol';
import { listBytes, ReplyBudget, resolveBytes, xattrBytes, xattrsBytes } from './reply-budget.js';

const ID = new Uint8Array(8).fill(255);
const NUMBER = Number.MAX_SAFE_INTEGER;
const UINT32 = 0xffff_ffff;
const ATTRIBUTES: v1.Attributes.$Properties = {
  inode: ID,
  kind: 2,
  mode: UINT32,
  uid: UINT32,
  gid: UINT32,
  links: UINT32,
  bytes: NUMBER,
  entries: NUMBER,
  createdNs: NUMBER,
  modifiedNs: NUMBER,
  changedNs: NUMBER,
  version: NUMBER,
};

test('no result is longer than it was taken for', () => {
  const extent = {
    fileOffset: NUMBER,
    length: NUMBER,
    segment: ID,
    segmentOffset: UINT32,
    stripeIndex: UINT32,
    slot: UINT32,
  };
  const slot = { position: UINT32, length: UINT32, root: ID, state: 4 };
  const stripe = { pg: UINT32, stripe: ID, dataCount: UINT32, parityCount: UINT32, slots: new Array(48).fill(slot) };
  const resolved: v1.ResolveResult.$Properties[] = [
    { attributes: ATTRIBUTES, isInline: true, inlineData: new Uint8Array(4096) },
    {
      attributes: ATTRIBUTES,
      extents: new Array(100).fill(extent),
      stripes: new Array(100).fill(stripe),
      nextOffset: NUMBER,
    },
  ];
  for (const result of resolved) assert.ok(v1.ResolveResult.encode(result).finish().length <= resolveBytes(result));
  const entry = { name: new Uint8Array(NAME_BYTES_MAX), inode: ID, kind: 2 };
  const lists: v1.ListResult.$Properties[] = [
    { entries: new Array(100).fill(entry), more: true },
    { entries: new Array(100).fill({ ...entry, name: ID, attributes: ATTRIBUTES }) },
  ];
  const value = new Uint8Array(65_536);
  const got = { found: true, value };
  assert.ok(v1.GetXattrResult.encode(got).finish().length <= xattrBytes(got));
  const xattr = { name: new Uint8Array(NAME_BYTES_MAX), value, valueBytes: value.length };
  const xattrs = { xattrs: new Array(4).fill(xattr) };
  assert.ok(v1.ListXattrsResult.encode(xattrs).finish().length <= xattrsBytes(xattrs));
  for (const result of lists) assert.ok(v1.ListResult.encode(result).finish().length <= listBytes(result));
});

test('the budget ends below what a call may carry', () => {
  const budget = new ReplyBudget();
  let bytes = 0;
  while (budget.take(1_000_000)) bytes += 1_000_000;
  assert.equal(budget.isSpent, true);
  assert.equal(budget.take(1), false);
  assert.ok(bytes > CALL_BYTES_MAX / 4 && bytes <= CALL_BYTES_MAX / 2);
});
