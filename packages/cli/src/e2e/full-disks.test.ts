// Disks that are full: writes are refused with a reason, everything else goes on.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { ExitCode } from '../exit-code.js';
import { runInProcess } from '../testing/run-in-process.js';
import { runTessera } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory(() => runTessera(['down'], { environment }));
const directory = path.join(root, 'cluster');
const content = randomBytes(12 * 1024 * 1024);
const environment = { TESSERA_DIR: directory };

before(async () => {
  writeFileSync(path.join(root, 'content'), content);
  const limited = { ...environment, TESSERA_CHUNKSERVER_CAPACITY_BYTES: '64MiB' };
  const up = await runTessera(['up', '--detach', '--chunkservers', '2'], { environment: limited });
  assert.equal(up.code, ExitCode.OK, up.stderr);
  assert.equal((await tessera('layout', 'set', '/', '--redundancy', 'copies-2')).code, ExitCode.OK);
});

function tessera(...args: string[]) {
  return runInProcess(args, { cwd: root, environment });
}

describe('full disks', () => {
  it('refuse a put with a reason and an exit code, and leave nothing of the file', async () => {
    let files = 0;
    let put = await tessera('put', 'content', '/0');
    while (put.code === ExitCode.OK && files < 10) {
      files += 1;
      put = await tessera('put', 'content', `/${files}`);
    }
    assert.ok(files > 0 && files < 10, `${files} files went in`);
    assert.equal(put.code, ExitCode.UNAVAILABLE);
    assert.match(put.stderr, /^tessera: NOT_ENOUGH_SERVERS: .*disk full/);
    assert.equal((await tessera('stat', `/${files}`)).code, ExitCode.NOT_FOUND);
  });

  it('still give back what they hold, and let the namespace change', async () => {
    assert.deepEqual((await tessera('cat', '/0')).stdout, content);
    assert.equal((await tessera('mkdir', '/moved')).code, ExitCode.OK);
    assert.equal((await tessera('mv', '/0', '/moved')).code, ExitCode.OK);
    assert.equal((await tessera('rm', '-r', '/moved')).code, ExitCode.OK);
  });

  it('are in the cluster’s status', async () => {
    const { text } = await tessera('cluster', 'status');
    assert.match(text, /^ +\d+ +127\.0\.0\.1:\d+ +up .* full +/m);
    assert.match(text, /^ALARM: .*disk full/m);
  });
});
