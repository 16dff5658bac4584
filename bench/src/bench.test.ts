import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { measureMany } from './cases/million.js';
import { measureFileRound } from './file-round.js';
import { Interruption } from './interruption.js';
import { FILE_BYTES } from './layouts.js';
import { noProfiler, startProfiler } from './profile/profiler.js';
import { StagePool } from './stage.js';

const directory = mkdtempSync(path.join(os.tmpdir(), 'tessera-bench-test-'));
after(() => rmSync(directory, { recursive: true }));

const run = (...words: string[]) =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL('../bin/tessera-bench.js', import.meta.url)), ...words]);

test('the results are written as JSON with machine and commit', async () => {
  const file = path.join(directory, 'figures.json');
  const { stdout } = await run('--only', 'check*', '--repetitions', '1', '--json', file);
  assert.match(stdout, /checksum +\d+\.\d\d GB per CPU-second/);
  const { machine, commit, results, leftOut } = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(machine.cores > 0);
  assert.match(commit, /^([0-9a-f]{40}\+?|unknown)$/);
  assert.deepEqual(
    results.map(({ name, unit }: { name: string; unit: string }) => [name, unit]),
    [['checksum', 'GB per CPU-second']],
  );
  assert.ok(results[0].value > 0);
  assert.deepEqual(leftOut, []);
});

test('a name that means nothing is refused with what there is', async () => {
  await assert.rejects(run('--only', 'small'), ({ code, stderr }) => {
    assert.equal(code, 2);
    assert.match(stderr, /nothing is called small; the cases are .*small-files/);
    return true;
  });
});

test('a round moves the bytes it says, beside a ceiling that moves as many, under profilers', async () => {
  const profiles = path.join(directory, 'profiles');
  const options = process.env.NODE_OPTIONS;
  const profiler = await startProfiler(profiles, () => {});
  const interruption = new Interruption();
  const stages = new StagePool({ directory, isQuick: true, profiler, interruption, progress: () => {} });
  try {
    const stage = await stages.takeCold();
    const plan = { name: 'x/y', redundancy: 'rs-4-2', durability: 'synced', depth: 8, count: 16 } as const;
    const round = await measureFileRound(stage, plan);
    for (const phase of [round.write, round.read, round.ceiling.write, round.ceiling.read]) {
      assert.equal(phase.operations, 16);
      assert.equal(phase.bytes, 16 * FILE_BYTES);
      assert.equal(phase.latenciesMs.length, 16);
      assert.ok(phase.seconds > 0 && (phase.cpu.client ?? 0) > 0);
    }
    assert.deepEqual(Object.keys(round.write.cpu), ['client', 'metaserver', 'chunkservers']);
    assert.ok(round.physicalPerLogical >= 1.5 && round.physicalPerLogical <= 3, `${round.physicalPerLogical}`);
    const phases = readdirSync(profiles).filter((name) => name !== 'exchange');
    assert.deepEqual(phases, ['000-x-y-write-ceiling', '001-x-y-read-ceiling', '002-x-y-write', '003-x-y-read']);
    assert.equal(readdirSync(path.join(profiles, '002-x-y-write')).length, 11);
    assert.match(readFileSync(path.join(profiles, '002-x-y-write/summary.txt'), 'utf8'), /chunkservers: \d.*s busy/);
  } finally {
    await stages.retire();
    interruption.cancel();
    delete process.env.TESSERA_BENCH_PROFILES;
    if (options === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = options;
  }
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('tessera-')),
    [],
  );
});

test('many files on one chunkserver: rates, memory, a listing, four restarts', async () => {
  const results = await measureMany(
    { directory, profiler: noProfiler, progress: () => {}, onStop: () => () => {} },
    'many',
    300,
    50,
  );
  const byName = new Map(results.map(({ name, value }) => [name, value]));
  assert.deepEqual(
    [...byName.keys()],
    [
      'many/create',
      'many/stat',
      'many/create-between',
      'many/memory-metaserver',
      'many/memory-chunkserver',
      'many/list',
      'many/restart-metaserver-after-SIGTERM',
      'many/restart-metaserver-after-SIGKILL',
      'many/restart-chunkserver-after-SIGTERM',
      'many/restart-chunkserver-after-SIGKILL',
    ],
  );
  for (const value of byName.values()) assert.ok(value > 0);
});
