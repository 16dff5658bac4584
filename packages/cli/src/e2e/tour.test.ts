// What npm start runs, with real daemons and real images.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { ExitCode } from '../exit-code.js';
import { runTessera } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory();
const directory = path.join(root, 'cluster');

describe('the tour', () => {
  it('stores, loses two servers, and gets every byte back', async () => {
    const { code, text, stderr } = await runTessera(['tour', '--once', '--dir', directory]);
    assert.equal(code, ExitCode.OK, stderr + text);
    for (const line of [
      /^store as rs-4-2\s+29\s+\S+ MiB .*protection full/m,
      /^store as copies-3\s+29 .*protection full/m,
      // A slow moment may have a healthy read hedged: decoded ranges may follow.
      /^read rs-4-2\s+29 .*SHA-256 identical/m,
      /^read copies-3\s+29 .*SHA-256 identical/m,
      /^read rs-4-2, 2 killed\s+29 .*SHA-256 identical, \d+ ranges decoded from other shards$/m,
      /^read copies-3, 2 killed\s+29 .*SHA-256 identical/m,
      /^Every byte came back, also with two servers killed\.$/m,
    ]) {
      assert.match(text, line);
    }
    const status = JSON.parse((await runTessera(['status', '--json', '--dir', directory])).text);
    assert.equal(status.state, 'stopped');
  });

  it('works again on what is there, with the user’s own directory', async () => {
    const own = path.join(root, 'own/deep');
    mkdirSync(own, { recursive: true });
    writeFileSync(path.join(own, 'slide.tif'), Buffer.alloc(3_000_000, 9));
    writeFileSync(path.join(own, '../empty'), '');
    const { code, text, stderr } = await runTessera([
      'tour',
      path.dirname(own),
      '--once',
      '--json',
      '--dir',
      directory,
    ]);
    assert.equal(code, ExitCode.OK, stderr + text);
    const result = JSON.parse(text);
    assert.equal(result.images.files, 2);
    assert.deepEqual(result.failures, []);
    assert.equal(result.killed.length, 2);
  });

  it('refuses a directory that is not there or holds nothing', async () => {
    const missing = await runTessera([
      'tour',
      path.join(root, 'nothing'),
      '--once',
      '--dir',
      path.join(root, 'unused'),
    ]);
    assert.equal(missing.code, ExitCode.NOT_FOUND, missing.stderr);
    mkdirSync(path.join(root, 'hollow'));
    const hollow = await runTessera(['tour', path.join(root, 'hollow'), '--once', '--dir', path.join(root, 'unused')]);
    assert.equal(hollow.code, ExitCode.USAGE, hollow.stderr);
  });
});
