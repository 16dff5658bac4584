// Commands on names and attributes, against a local cluster of real processes.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import { ExitCode } from '../exit-code.js';
import { commandIn, jsonLines } from '../testing/expectations.js';
import { runInProcess } from '../testing/run-in-process.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory(async () => cluster?.stop());
const directory = path.join(root, 'cluster');
let cluster: LocalCluster | undefined;
const image = randomBytes(300_000);

before(async () => {
  cluster = await startLocalCluster({ directory, chunkservers: 2 });
  writeFileSync(path.join(root, 'image.dcm'), image);
  await succeeds('layout', 'set', '/', '--redundancy', 'copies-2');
});

const environment = { TESSERA_DIR: directory };
const { tessera, succeeds, fails } = commandIn({ cwd: root, environment });

describe('extended attributes', () => {
  it('are set, read, listed and removed', async () => {
    await succeeds('mkdir', '/xattr');
    await succeeds('xattr', 'set', '/xattr', 'study.uid', '1.2.840');
    assert.equal((await succeeds('xattr', 'get', '/xattr', 'study.uid')).text, '1.2.840');
    const { code, stderr } = await runInProcess(['xattr', 'set', '/xattr', 'thumbnail', '-'], {
      environment,
      input: image.subarray(0, 5000),
    });
    assert.equal(code, ExitCode.OK, stderr);
    assert.deepEqual((await succeeds('xattr', 'get', '/xattr', 'thumbnail')).stdout, image.subarray(0, 5000));
    assert.match((await succeeds('xattr', 'ls', '/xattr')).text, /name +size\nstudy.uid +7 B\nthumbnail +4.88 KiB/);
    const [first] = jsonLines((await succeeds('xattr', 'ls', '--json', '--values', '/xattr')).text);
    assert.deepEqual(first, { name: 'study.uid', bytes: 7, value: Buffer.from('1.2.840').toString('hex') });
    await succeeds('xattr', 'rm', '/xattr', 'thumbnail');
    await fails(ExitCode.NOT_FOUND, /no extended attribute 'thumbnail'/, 'xattr', 'get', '/xattr', 'thumbnail');
  });

  it('change under conditions', async () => {
    await succeeds('xattr', 'set', '--create', '/xattr', 'reviewed', 'no');
    await fails(ExitCode.REFUSED, /EXISTS/, 'xattr', 'set', '--create', '/xattr', 'reviewed', 'yes');
    await fails(ExitCode.REFUSED, /CHANGED/, 'xattr', 'set', '--if-value', 'maybe', '/xattr', 'reviewed', 'yes');
    await succeeds('xattr', 'set', '--if-value', 'no', '/xattr', 'reviewed', 'yes');
    assert.equal((await succeeds('xattr', 'get', '/xattr', 'reviewed')).text, 'yes');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'xattr', 'set', '--replace', '/xattr', 'none', 'x');
    const tooLarge = await runInProcess(['xattr', 'set', '/xattr', 'large', '-'], { environment, input: image });
    assert.match(tooLarge.stderr, /TOO_LARGE: .*65536 bytes/);
  });
});

describe('mode, owner and time', () => {
  it('are changed one by one', async () => {
    await succeeds('touch', '/touched');
    await succeeds('chmod', '640', '/touched');
    await succeeds('chown', '1000:100', '/touched');
    await succeeds('chown', ':200', '/touched');
    const { stdout } = await succeeds('touch', '--json', '-t', '2026-01-02T03:04:05.000000006Z', '/touched');
    const modifiedNs = `${BigInt(Date.parse('2026-01-02T03:04:05Z')) * 1_000_000n + 6n}`;
    assert.deepEqual(JSON.parse(stdout.toString()), { path: '/touched', created: false, modifiedNs });
    const [stat] = jsonLines((await succeeds('stat', '--json', '/touched')).text);
    assert.deepEqual(
      { mode: stat?.mode, uid: stat?.uid, gid: stat?.gid, modifiedNs: stat?.modifiedNs },
      { mode: 0o640, uid: 1000, gid: 200, modifiedNs },
    );
    await succeeds('touch', '-c', '/untouched');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'stat', '/untouched');
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'chmod', '600', '/untouched');
  });
});

describe('links', () => {
  it('lead on, and are shown as what they are', async () => {
    await succeeds('put', '-p', 'image.dcm', '/studies/CT-1/image.dcm');
    await succeeds('ln', '-s', 'CT-1', '/studies/latest');
    assert.deepEqual((await succeeds('cat', '/studies/latest/image.dcm')).stdout, image);
    assert.match((await succeeds('stat', '--no-follow', '/studies/latest')).text, /kind +symlink\n.*\ntarget +CT-1\n/);
    assert.match((await succeeds('stat', '/studies/latest')).text, /kind +directory\n/);
    assert.match((await succeeds('ls', '-l', '/studies')).text, /^lrwxrwxrwx +1 +4 B .* latest@$/m);
    await fails(ExitCode.REFUSED, /EXISTS/, 'ln', '-s', 'CT-2', '/studies/latest');
    await succeeds('ln', '-s', '--replace', 'latest', '/studies/latest');
    await fails(ExitCode.REFUSED, /LINK_LOOP/, 'cat', '/studies/latest/image.dcm');
    await succeeds('rm', '/studies/latest');
  });

  it('give a file more names, and an existing directory takes them in', async () => {
    await succeeds('mkdir', '/inbox');
    await succeeds('ln', '/studies/CT-1/image.dcm', '/inbox');
    const [stat] = jsonLines((await succeeds('stat', '--json', '/inbox/image.dcm')).text);
    assert.equal(stat?.links, 2);
    await succeeds('rm', '-r', '/studies');
    assert.deepEqual((await succeeds('cat', '/inbox/image.dcm')).stdout, image);
    await fails(ExitCode.REFUSED, /IS_A_DIRECTORY/, 'ln', '/inbox', '/inbox-2');
  });

  it('come out of the cluster as the files they lead to', async () => {
    await succeeds('ln', '-s', 'image.dcm', '/inbox/link.dcm');
    await succeeds('ln', '-s', '/inbox', '/inbox/circle');
    const finished = await tessera('get', '-r', '/inbox', 'out');
    assert.equal(finished.code, ExitCode.FAILURE);
    assert.match(finished.stderr, /IS_A_DIRECTORY: .*circle/);
    assert.deepEqual(readFileSync(path.join(root, 'out/link.dcm')), image);
  });
});

describe('copies', () => {
  it('of files, into directories and under new names', async () => {
    assert.match((await succeeds('cp', '/inbox/image.dcm', '/copy.dcm')).text, /^copied 1 file, 293 KiB/);
    assert.deepEqual((await succeeds('cat', '/copy.dcm')).stdout, image);
    await fails(ExitCode.REFUSED, /EXISTS/, 'cp', '/inbox/image.dcm', '/copy.dcm');
    await succeeds('mkdir', '/copies');
    const [copied] = jsonLines((await succeeds('cp', '--json', '/copy.dcm', '/copies')).text);
    assert.deepEqual(copied, { path: '/copy.dcm', to: '/copies/copy.dcm', bytes: image.length, shared: true });
    await succeeds('cp', '--replace', '--rewrite', '/inbox/image.dcm', '/copy.dcm');
    assert.deepEqual((await succeeds('cat', '/copy.dcm')).stdout, image);
    await fails(ExitCode.REFUSED, /IS_A_DIRECTORY.*\n.*-r/, 'cp', '/copies', '/copies-2');
  });

  it('of trees, also into themselves, links as links', async () => {
    await succeeds('mkdir', '-p', '/tree/sub/empty');
    await succeeds('cp', '/copy.dcm', '/tree/sub/a.dcm');
    await succeeds('ln', '-s', 'sub', '/tree/link');
    await succeeds('cp', '-r', '/tree', '/tree/sub');
    const names = jsonLines((await succeeds('ls', '--json', '/tree/sub/tree/sub')).text).map(({ name }) => name);
    assert.deepEqual(names, ['a.dcm', 'empty']);
    await succeeds('cp', '-r', '-p', '/tree/sub/tree', '/deep/tree');
    assert.deepEqual((await succeeds('cat', '/deep/tree/link/a.dcm')).stdout, image);
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'cp', '-r', '/tree', '/missing/tree');
  });
});

describe('surveys', () => {
  it('show space, sizes, trees, and find what is asked for', async () => {
    await succeeds('mkdir', '-p', '/survey/a/b');
    await succeeds('cp', '/copy.dcm', '/survey/a/b/image.dcm');
    await succeeds('ln', '/survey/a/b/image.dcm', '/survey/a/again.dcm');
    await succeeds('touch', '/survey/a/empty.txt');
    await succeeds('ln', '-s', 'a', '/survey/link');
    const usages = jsonLines((await succeeds('du', '--json', '/survey')).text);
    assert.deepEqual(usages, [
      { path: '/survey/a/b', bytes: 0, files: 0 },
      { path: '/survey/a', bytes: image.length, files: 2 },
      { path: '/survey', bytes: image.length + 1, files: 3 },
    ]);
    assert.match(
      (await succeeds('du', '-s', '/survey/a', '/copy.dcm')).text,
      /^ +293 KiB {2}\/survey\/a\n +293 KiB {2}\/copy.dcm\n$/,
    );
    const { text } = await succeeds('tree', '/survey');
    const lines = [
      '/survey',
      '├── a/',
      '│   ├── again.dcm',
      '│   ├── b/',
      '│   │   └── image.dcm',
      '│   └── empty.txt',
      '└── link@',
    ];
    assert.equal(text, `${lines.join('\n')}\n`);
    assert.equal((await succeeds('tree', '--depth', '1', '/survey')).text, '/survey\n├── a/\n└── link@\n');
    const found = async (...args: string[]) =>
      (await succeeds('find', '/survey', ...args)).text.split('\n').slice(0, -1);
    assert.deepEqual(await found('--name', '*.dcm'), ['/survey/a/again.dcm', '/survey/a/b/image.dcm']);
    assert.deepEqual(await found('--type', 'd', '--name', '?'), ['/survey/a', '/survey/a/b']);
    assert.deepEqual(await found('--type', 'l'), ['/survey/link']);
    assert.deepEqual(await found('--size', '-1KiB'), ['/survey/a/empty.txt']);
    assert.deepEqual(await found('--size', '+1KiB', '--name', 'i*'), ['/survey/a/b/image.dcm']);
    assert.match(
      (await succeeds('df')).text,
      /^server +address +state.*\n( +\d+ .* up .*\n){2}total: .* free; \d+ files/,
    );
    assert.equal(jsonLines((await succeeds('df', '--json')).text)[0]?.servers, 2);
  });
});
