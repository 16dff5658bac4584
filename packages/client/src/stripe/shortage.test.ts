import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LAYOUT } from '@tessera/protocol';
import type { PlacementGroup } from '../cluster/cluster-map.js';
import { ServerHealth } from '../cluster/server-health.js';
import { ManualClock } from '../testing/manual-clock.js';
import { testMap } from '../testing/test-map.js';
import { describeShortage } from './shortage.js';

const LAYOUT = { ...DEFAULT_LAYOUT, redundancy: { data: 1, parity: 1 } };

function healthy(): ServerHealth {
  return new ServerHealth(new ManualClock(), () => Promise.reject(new Error('never back')));
}

test('where servers take nothing, each is named with its reason and what to do about it', () => {
  const health = healthy();
  for (const server of [2, 3]) health.failed(server, 'connection refused');
  const text = describeShortage(testMap(3, [1]), health, LAYOUT, [1]);
  assert.match(text, /^copies-2 over failure domain 'host' needs 2 domains, at the very least 2; 1 take writes; /);
  for (const server of [2, 3]) assert.match(text, new RegExp(`server ${server} \\([^)]*\\): connection refused`));
  assert.match(text, /bring these back or free space on them, add servers/);
});

test('where enough servers take writes, it says that the groups have too few of them', () => {
  const map = testMap(9, [1, 2]);
  const group = map.pgs.get(1) as PlacementGroup;
  const members = group.members.map((member, position) =>
    position < 1 ? member : { ...member, server: 0, filling: 0 },
  );
  const pgs = new Map([[1, { ...group, members }]]);
  const text = describeShortage({ ...map, pgs }, healthy(), LAYOUT, [1]);
  assert.match(text, /; 9 take writes; but in none of the 1 placement groups tried more than 1; /);
  assert.match(text, /try again$/);
  assert.doesNotMatch(text, /missing/i);
});

test('a cluster that is too small for the layout is told so', () => {
  const text = describeShortage(testMap(1, [1]), healthy(), LAYOUT);
  assert.match(text, /needs 2 domains, at the very least 2; 1 take writes; no server .* refuses them; add servers/);
});
