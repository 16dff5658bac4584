import assert from 'node:assert/strict';
import { test } from 'node:test';
import { medianSeeds, mutantTable } from './table.js';

const hunt = (...seeds: (number | undefined)[]) => ({
  mutant: { name: 'm', title: 'broken', replacements: [] },
  catches: seeds.map((count, index) => ({
    firstSeed: index,
    seeds: count,
    violation: count === undefined ? undefined : 'a | b\nc',
  })),
});

test('the median counts what was not caught as the longest', () => {
  assert.equal(medianSeeds(hunt(9, 1, 3)), 3);
  assert.equal(medianSeeds(hunt(undefined, 1, 3)), 3);
  assert.equal(medianSeeds(hunt(undefined, 1, undefined)), undefined);
  assert.equal(medianSeeds(hunt()), undefined);
});

test('the table says what was caught and what not', () => {
  const table = mutantTable([hunt(4, 2, undefined), hunt(undefined)]);
  assert.match(table, /\| broken \| 4 \| 4, 2, – \| a \/ b/);
  assert.match(table, /\| broken \| not caught \| – \|/);
});
