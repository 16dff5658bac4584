import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CpuProfile, formatSummary, summarise } from './summary.js';

function frame(id: number, functionName: string, url = ''): CpuProfile['nodes'][number] {
  return { id, callFrame: { functionName, url, lineNumber: 9 } };
}

const PROFILE: CpuProfile = {
  nodes: [
    frame(1, '(idle)'),
    frame(2, 'append', 'file:///x/packages/chunkserver/dist/log/log-writer.js'),
    frame(3, 'decode', 'file:///x/node_modules/@grpc/grpc-js/build/a.js'),
    frame(4, 'writev'),
    frame(5, '(garbage collector)'),
    frame(6, 'push', 'node:net'),
  ],
  samples: [1, 2, 3, 2, 4, 5, 6],
  timeDeltas: [0, 5e6, 1e6, 2e6, 3e6, 4e6, 5e6],
};

test('self time is the time until the next sample; time asleep is none', () => {
  const { busySeconds, packages, functions } = summarise([PROFILE, PROFILE]);
  // 5 s idle; then 1 + 3 of append, 2 of decode, 4 of writev, 5 of the collector; nothing is known after the last sample.
  assert.equal(busySeconds, 30);
  assert.deepEqual(packages, [
    ['(garbage collector)', 10],
    ['packages/chunkserver', 8],
    ['native', 8],
    ['@grpc/grpc-js', 4],
    ['node', 0],
  ]);
  assert.deepEqual(functions[1], ['append  packages/chunkserver log-writer.js:10', 8]);
});

test('a summary names the role and shares of the busy time', () => {
  const text = formatSummary('chunkservers', summarise([PROFILE]));
  assert.match(text, /^ {2}chunkservers: 15\.00 s busy\n {5}33\.3 % {2}\(garbage collector\)\n/);
  assert.match(text, /26\.7 % {2}append {2}packages\/chunkserver log-writer\.js:10/);
});
