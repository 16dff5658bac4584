import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedRandom } from '@tessera/env/simulated';
import { TesseraError } from '@tessera/protocol';
import { Draw } from '../draw.js';
import { FaultBudget, planBudget } from './fault-budget.js';

const HOSTS = ['host-1', 'host-2', 'host-3', 'host-4'];

test('a seed may destroy what one host has, unless a layout has no parity or needs that host', () => {
  const plan = (...redundancies: string[]) =>
    planBudget(new Draw(new SimulatedRandom('budget')), HOSTS, redundancies).hosts;
  assert.equal(plan('rs-4-2', 'copies-2').length, 1);
  assert.ok(HOSTS.includes(plan('rs-4-2')[0] as string));
  assert.deepEqual(plan('rs-4-2', 'copies-1'), []);
  assert.deepEqual(plan('rs-5-3'), [], 'three hosts take two parity shards beside one of data, not three');
});

test('nothing is spent on other hosts, and only what was spent is harmed', () => {
  const budget = new FaultBudget({ hosts: ['host-2'] });
  assert.throws(() => budget.spend('host-1'), RangeError);
  assert.deepEqual([...budget.harmed], []);
  budget.spend('host-2');
  budget.spend('host-2');
  assert.deepEqual([...budget.harmed], ['host-2']);
});

test('a host is harmed only once the metaserver knows it', () => {
  const known = new Set<string>();
  const budget = new FaultBudget({ hosts: ['host-2'] }, (host) => known.has(host));
  assert.equal(budget.host, undefined);
  known.add('host-2');
  assert.equal(budget.host, 'host-2');
});

test('a harmed disk may be refused, a whole one may not, and nothing else is a refusal', () => {
  const budget = new FaultBudget({ hosts: ['host-2'] });
  const refusal = new TesseraError('DISK_REFUSED', 'both copies are damaged');
  assert.equal(budget.verdictOn('host-2', refusal), undefined);
  budget.spend('host-2');
  assert.equal(budget.verdictOn('host-2', refusal), 'lost');
  assert.equal(budget.verdictOn('host-1', refusal), undefined);
  assert.equal(budget.verdictOn('host-2', new TypeError('undefined is not a function')), undefined);
});

test('one checkpoint may be damaged, and another once that one is gone', () => {
  const budget = new FaultBudget({ hosts: [] });
  assert.equal(budget.spendCheckpoint(['1', '2'], '2'), true);
  assert.equal(budget.spendCheckpoint(['1', '2'], '1'), false);
  assert.equal(budget.spendCheckpoint(['2', '3'], '3'), false);
  assert.equal(budget.spendCheckpoint(['3', '4'], '3'), true);
});
