// tessera bench against a local cluster of real processes.
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import { ExitCode } from '../exit-code.js';
import { runInProcess } from '../testing/run-in-process.js';
import { type Finished, spawnTessera } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory(async () => cluster?.stop());
const directory = path.join(root, 'cluster');
const environment = { TESSERA_DIR: directory };
let cluster: LocalCluster | undefined;

before(async () => {
  cluster = await startLocalCluster({ directory, chunkservers: 3 });
  await tessera('layout', 'set', '/', '--redundancy', 'copies-2');
});

function tessera(...args: string[]): Promise<Finished> {
  return runInProcess(args, { cwd: root, environment });
}

async function left(): Promise<string> {
  return (await tessera('ls', '/')).text;
}

describe('bench', () => {
  it('tells of each phase and leaves nothing behind', async () => {
    const { code, text, stderr } = await tessera('bench', '--files', '40', '--size', '100KiB', '--jobs', '8', '--json');
    assert.equal(code, ExitCode.OK, stderr);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const summary = lines.pop().summary;
    assert.deepEqual(
      lines.map(({ phase, files, bytes }) => [phase, files, bytes]),
      [
        ['write', 40, 4_096_000],
        ['read', 40, 4_096_000],
        ['stat', 40, 0],
        ['list', 40, 0],
        ['remove', 40, 0],
      ],
    );
    for (const { filesPerSecond, elapsedMs } of lines) assert.ok(filesPerSecond > 0 && elapsedMs > 0);
    assert.ok(summary.physicalPerLogical >= 2 && summary.physicalPerLogical < 2.1, `${summary.physicalPerLogical}`);
    assert.equal(summary.meanSegmentsPerStripe, 1);
    assert.equal(await left(), '');
  });

  it('shows a table, under the redundancy that it is told', async () => {
    const args = ['--files', '5', '--size', '10K', '--redundancy', 'copies-1', '--durability', 'written'];
    const { text } = await tessera('bench', ...args);
    assert.match(text, /^phase +files\/s +MB\/s +p50 ms +p99 ms\nwrite +\d+ +[\d.]+ +[\d.]+ +[\d.]+\nread /);
    assert.match(text, /\nlist +\d+ +- +- +-\n/);
    assert.match(text, /\n\n1\.00 × space, 1\.00 segments a stripe on average\n$/);
  });

  it('needs a directory and a layout that can be', async () => {
    const missing = await tessera('bench', '--path', '/none');
    assert.equal(missing.code, ExitCode.NOT_FOUND);
    const wide = await tessera('bench', '--redundancy', 'rs-8-4');
    assert.equal(wide.code, ExitCode.REFUSED);
    assert.match(wide.stderr, /LAYOUT_UNSATISFIABLE/);
    assert.equal(await left(), '');
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`takes away what it made when ${signal} ends it`, async () => {
      const args = ['bench', '--files', '100000', '--size', '1K', '--json'];
      const child = spawnTessera(args, { cwd: root, environment });
      const ended = new Promise((resolve) => child.once('close', resolve));
      while ((await left()) === '' && child.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
      assert.match(await left(), /^tessera-bench-[0-9a-f]{12}\/\n$/);
      child.kill(signal);
      assert.equal(await ended, ExitCode.INTERRUPTED);
      assert.equal(await left(), '');
    });
  }
});
