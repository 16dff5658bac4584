// Layouts of directories and hints of files, by the command against a local cluster of real processes.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import { ExitCode } from '../exit-code.js';
import { commandIn, jsonDocument, jsonLines } from '../testing/expectations.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory(async () => cluster?.stop());
const directory = path.join(root, 'cluster');
let cluster: LocalCluster | undefined;

before(async () => {
  writeFileSync(path.join(root, 'small.dcm'), randomBytes(500));
  writeFileSync(path.join(root, 'image.dcm'), randomBytes(524_288));
  cluster = await startLocalCluster({ directory, chunkservers: 6 });
});

const { succeeds, fails } = commandIn({ cwd: root, environment: { TESSERA_DIR: directory } });

describe('layouts', () => {
  it('are set, inherited and taken back', async () => {
    await succeeds('mkdir', '-p', '/layout/below');
    await succeeds('layout', 'set', '/layout', '--redundancy', 'copies-3', '--segment-bytes', '128KiB');
    await succeeds('layout', 'set', '/layout', '--inline-bytes', '0');
    const { text } = await succeeds('layout', 'get', '/layout/below');
    assert.match(text, /^redundancy\s+copies-3\s+inherited$/m);
    assert.match(text, /^segment-bytes\s+128 KiB\s+inherited$/m);
    assert.match((await succeeds('layout', 'get', '/layout')).text, /^inline-bytes\s+0 B\s+set here$/m);
    await succeeds('layout', 'set', '/layout', '--inherit', 'inline-bytes', '--inherit', 'redundancy');
    const got = jsonDocument((await succeeds('layout', 'get', '--json', '/layout')).text);
    assert.deepEqual(got.own, { segmentBytes: 131_072 });
    assert.equal((got.effective as { redundancy: string }).redundancy, 'rs-4-2');
    await succeeds('layout', 'set', '/layout', '--reset');
    const reset = jsonDocument((await succeeds('layout', 'get', '--json', '/layout')).text);
    assert.deepEqual(reset.own, {});
  });

  it('are set for one file by hints, which it keeps', async () => {
    await succeeds('mkdir', '/hinted');
    const hints = ['redundancy=copies-2', 'servers=3,1', 'segment-bytes=128K'].flatMap((hint) => ['--hint', hint]);
    await succeeds('put', ...hints, 'image.dcm', '/hinted/f');
    const extents = jsonLines((await succeeds('extents', '--json', '/hinted/f')).text);
    assert.deepEqual(
      extents.map(({ shard }) => (shard as { server: number }).server),
      [3, 1, 3, 1],
    );
    assert.match((await succeeds('layout', 'get', '/hinted/f')).text, /^servers\s+3,1\s+set here$/m);
    await succeeds('layout', 'set', '/hinted/f', '--redundancy', 'copies-3');
    const changed = (await succeeds('layout', 'get', '/hinted/f')).text;
    assert.match(changed, /^redundancy\s+copies-3\s+set here$/m);
    assert.match(changed, /^servers\s+3,1\s+set here$/m);
    const file = /INVALID_ARGUMENT: .*a file cannot set inlineBytes itself/;
    await fails(ExitCode.USAGE, file, 'layout', 'set', '/hinted/f', '--inline-bytes', '0');
    await succeeds('touch', '--hint', 'segment-bytes=64K', '/hinted/touched');
    assert.match((await succeeds('layout', 'get', '/hinted/touched')).text, /^segment-bytes\s+64\.0 KiB\s+set here$/m);
    await fails(
      ExitCode.USAGE,
      /'colour' is unknown; known: redundancy/,
      'put',
      '--hint',
      'colour=red',
      'small.dcm',
      '/x',
    );
    const absent = /LAYOUT_UNSATISFIABLE: .*server 9 is not registered; there are 1, 2, 3, 4, 5, 6/;
    await fails(ExitCode.REFUSED, absent, 'put', '--hint', 'start-server=9', 'small.dcm', '/hinted/g');
    await succeeds(
      'layout',
      'set',
      '/hinted',
      '--distribution',
      'varstrip_dist:strips=0:64K;1:1M',
      '--server-order',
      'in-order',
    );
    const got = (await succeeds('layout', 'get', '/hinted')).text;
    assert.match(got, /^distribution\s+varstrip:strips=0:64K;1:1M\s+set here$/m);
  });

  it('that cannot be are refused', async () => {
    await succeeds('mkdir', '/refused');
    await fails(ExitCode.USAGE, /INVALID_LAYOUT.*rs-K-M/, 'layout', 'set', '/refused', '--redundancy', 'raid-5');
    await fails(ExitCode.USAGE, /INVALID_LAYOUT/, 'layout', 'set', '/refused', '--segment-bytes', '1000');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'layout', 'get', '/refused/nothing');
  });

  it('that this cluster cannot satisfy say what it has and needs', async () => {
    await succeeds('mkdir', '-p', '/wide');
    const message = /LAYOUT_UNSATISFIABLE: .*needs 12 host domains; 6 are registered/;
    await fails(ExitCode.REFUSED, message, 'layout', 'set', '/wide', '--redundancy', 'rs-8-4');
  });
});
