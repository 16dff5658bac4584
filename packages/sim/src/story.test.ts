import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOfSeed } from './plan.js';
import { lastLines, planInWords } from './story.js';

test('a plan is told with who is at work and what goes wrong, and nothing that is not there', () => {
  const plan = planOfSeed('1');
  Object.assign(plan.workload, { clients: 1, lanes: 1, operationsPerLane: 3, operationsPerRival: 2 });
  Object.assign(plan.workload, { rivals: 2, coWriters: 0, settlers: 0, ranks: 0, hermitTurns: 0 });
  plan.schedule = { ...plan.schedule, minutes: 0, shifts: [{ atMs: 0, faults: ['stops', 'outages'] }] };
  plan.faults.without = ['stops 2'];
  plan.cluster.chunkserverHosts = ['host-1', 'host-2'];
  assert.equal(
    planInWords(plan),
    'cluster: a metaserver and 2 chunkservers\n' +
      'work, in 1 shifts over 0 minutes: 1 lanes of 3 operations at 1 clients, 2 rivals of 2\n' +
      'faults: stops, outages, less 1 of their occurrences',
  );
});

test('what happens several times in a row is one line, with the time of the first; old lines are left out', () => {
  const lines = ['      10.0 a starts', '      11.0 a stat: done', '      12.5 a stat: done', '      13.0 a is gone'];
  assert.deepEqual(lastLines(lines, 'a word'), [
    '      10.0 a starts',
    '      11.0 a stat: done (2 times)',
    '      13.0 a is gone',
  ]);
  const many = Array.from({ length: 100 }, (_, index) => `${index}.0 line ${index}`);
  assert.equal(lastLines(many, 'a word').length, 40);
  assert.equal(lastLines(many, 'a word').at(-1), '99.0 line 99');
});

test('where a violation names a place, what was done elsewhere is left out, and what befell the cluster is not', () => {
  const lines = [
    '1.0 FAULT power of everything at once',
    '2.0 in /d1/lane-1.0: get a: 5 bytes',
    '3.0 host-1 is gone (power)',
    '4.0 in /d2/lane-2.0: get a: 6 bytes',
    '5.0 stranger: closed',
    '6.0 host-1 starts',
  ];
  const kept = [0, 2, 3, 5].map((index) => lines[index]);
  assert.deepEqual(lastLines(lines, 'in /d2/lane-2.0: get a gave what nothing explains'), kept);
});
