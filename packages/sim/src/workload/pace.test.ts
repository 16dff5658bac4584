import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapAfterMs } from './pace.js';

const USUAL_MS = 3_000;

function turnsIn(ms: number): number {
  let turns = 0;
  for (let atMs = 0; atMs < ms; atMs += gapAfterMs(turns, USUAL_MS) / 2) turns++;
  return turns;
}

test('most shifts have turns at the usual pace', () => {
  assert.equal(turnsIn(20_000), 14);
});

test('an hour in which somebody stands still has some hundred turns, not thousands', () => {
  const turns = turnsIn(3_600_000);
  assert.ok(turns > 100 && turns < 250, `${turns} turns`);
});

test('the end of a shift is noticed within a minute', () => {
  for (let turn = 0; turn < 10_000; turn++) assert.ok(gapAfterMs(turn, USUAL_MS) <= 60_000);
});
