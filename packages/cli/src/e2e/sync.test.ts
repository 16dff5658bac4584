// sync in all its directions, against a local cluster of real processes.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { before, beforeEach, describe, it } from 'node:test';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import { ExitCode } from '../exit-code.js';
import { commandIn } from '../testing/expectations.js';
import type { Finished } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const root = temporaryDirectory(async () => cluster?.stop());
const directory = path.join(root, 'cluster');
let cluster: LocalCluster | undefined;
/** Each test has a tree and a place in the cluster of its own. */
let number = 0;
let local = '';
let remote = '';

before(async () => {
  cluster = await startLocalCluster({ directory, chunkservers: 2 });
  await succeeds('layout', 'set', '/', '--redundancy', 'copies-2');
});

beforeEach(() => {
  number += 1;
  local = path.join(root, `tree-${number}`);
  remote = `/tree-${number}`;
  mkdirSync(path.join(local, 'a/b'), { recursive: true });
  for (const name of ['top', 'a/one', 'a/two', 'a/b/three']) writeFileSync(path.join(local, name), name.repeat(3000));
});

const { succeeds, fails } = commandIn({ cwd: root, environment: { TESSERA_DIR: directory } });

async function names(at = remote): Promise<string[]> {
  const { text } = await succeeds('find', at, '--json');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => String(JSON.parse(line).path).slice(at.length + 1))
    .filter(Boolean)
    .sort();
}

function summary({ text }: Finished): Record<string, unknown> {
  return JSON.parse(text.trim().split('\n').at(-1) ?? '').summary;
}

const ALL = ['a', 'a/b', 'a/b/three', 'a/one', 'a/two', 'top'];

describe('sync into the cluster', () => {
  it('transfers what differs, and deletes what is gone only when told to', async () => {
    await succeeds('sync', local, `:${remote}`);
    assert.deepEqual(await names(), ALL);
    writeFileSync(path.join(local, 'top'), 'changed');
    rmSync(path.join(local, 'a/b'), { recursive: true });
    const kept = summary(await succeeds('sync', '--json', local, `:${remote}`));
    assert.deepEqual([kept.files, kept.unchanged, kept.deleted], [1, 2, 0]);
    assert.deepEqual(await names(), ALL);
    const dry = await succeeds('sync', '--dry-run', '--delete', local, `:${remote}`);
    assert.match(dry.text, /would delete \/tree-\d+\/a\/b\/three\nwould delete \/tree-\d+\/a\/b\n/);
    assert.deepEqual(await names(), ALL);
    const deleted = summary(await succeeds('sync', '--json', '--delete', local, `:${remote}`));
    assert.deepEqual([deleted.files, deleted.unchanged, deleted.deleted], [0, 3, 2]);
    assert.deepEqual(await names(), ['a', 'a/one', 'a/two', 'top']);
    assert.equal((await succeeds('cat', `${remote}/top`)).text, 'changed');
  });

  it('leaves alone what is excluded, and the directories it is in', async () => {
    await succeeds('sync', local, `:${remote}`);
    rmSync(path.join(local, 'a'), { recursive: true });
    await succeeds('sync', '--delete', '--exclude', 'three', local, `:${remote}`);
    assert.deepEqual(await names(), ['a', 'a/b', 'a/b/three', 'top']);
  });

  it('deletes nothing when it would be more than may', async () => {
    await succeeds('sync', local, `:${remote}`);
    rmSync(path.join(local, 'a'), { recursive: true });
    await fails(
      ExitCode.FAILURE,
      /OUT_OF_RANGE: more than the 4 of --max-delete .* nothing was deleted/,
      'sync',
      '--delete',
      '--max-delete',
      '4',
      local,
      `:${remote}`,
    );
    assert.deepEqual(await names(), ALL);
    await succeeds('sync', '--delete', '--max-delete', '5', local, `:${remote}`);
    assert.deepEqual(await names(), ['top']);
  });

  it('does not empty the destination for a source that is missing, empty or not readable', async () => {
    await succeeds('sync', local, `:${remote}`);
    const sync = ['sync', '--delete', local, `:${remote}`];
    chmodSync(path.join(local, 'a/b'), 0);
    symlinkSync('nowhere', path.join(local, 'a/broken'));
    await fails(ExitCode.FAILURE, /nothing was deleted, since something failed/, ...sync);
    chmodSync(path.join(local, 'a/b'), 0o755);
    rmSync(local, { recursive: true });
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND: .*tree-\d+ does not exist/, ...sync);
    mkdirSync(local);
    const { stderr } = await fails(ExitCode.REFUSED, /NOT_EMPTY: .* is empty, so --delete would empty \/tree/, ...sync);
    assert.match(stderr, /not mounted\? If that is meant, pass --allow-empty$/m);
    assert.deepEqual(await names(), ALL);
    await succeeds(...sync, '--allow-empty');
    assert.deepEqual(await names(), []);
  });

  it('takes directories only', async () => {
    await fails(ExitCode.REFUSED, /NOT_A_DIRECTORY: .*put, get and cp/, 'sync', path.join(local, 'top'), `:${remote}`);
    await succeeds('put', path.join(local, 'top'), remote);
    await fails(ExitCode.REFUSED, /NOT_A_DIRECTORY/, 'sync', local, `:${remote}`);
  });
});

describe('sync out of the cluster', () => {
  it('transfers, recognizes and deletes', async () => {
    await succeeds('put', '-r', local, remote);
    const copy = `${local}-copy`;
    await succeeds('sync', `:${remote}`, copy);
    writeFileSync(path.join(copy, 'stray'), 'x');
    writeFileSync(path.join(copy, '.top.1-2.tessera-part'), 'of a run that was killed, and of content that is gone');
    mkdirSync(path.join(copy, 'empty'));
    await succeeds('rm', `${remote}/a/one`);
    const done = summary(await succeeds('sync', '--json', '--delete', `:${remote}`, copy));
    assert.deepEqual([done.files, done.unchanged, done.deleted], [0, 3, 3]);
    assert.deepEqual(
      readdirSync(copy, { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('.'))
        .sort(),
      ['a', 'a/b', 'a/b/three', 'a/two', 'top'],
    );
    assert.equal(readFileSync(path.join(copy, 'top'), 'utf8'), 'top'.repeat(3000));
    // An inode before all others: what the name held was replaced since.
    const [older, other] = ['.top.1-1.tessera-part', '.two.1-1.tessera-part'].map((name) => path.join(copy, name));
    for (const part of [older, other] as string[]) writeFileSync(part, 'of a run that was killed');
    writeFileSync(path.join(local, 'top'), 'changed');
    await succeeds('put', '--replace', path.join(local, 'top'), `${remote}/top`);
    await succeeds('sync', `:${remote}`, copy);
    assert.equal(readFileSync(path.join(copy, 'top'), 'utf8'), 'changed');
    assert.deepEqual([existsSync(older as string), existsSync(other as string)], [false, true]);
    await fails(ExitCode.NOT_FOUND, /NOT_FOUND/, 'sync', '--delete', ':/no/such', copy);
    assert.ok(existsSync(path.join(copy, 'top')));
  });
});

describe('sync inside the cluster', () => {
  it('shares what is stored, recognizes and deletes', async () => {
    await succeeds('put', '-r', local, remote);
    const copy = `${remote}-copy`;
    const first = summary(await succeeds('sync', '--json', `:${remote}`, `:${copy}`));
    assert.equal(first.files, 4);
    assert.deepEqual(await names(copy), ALL);
    await succeeds('rm', `${remote}/a/one`);
    const second = summary(await succeeds('sync', '--json', '--delete', '--verify', `:${remote}`, `:${copy}`));
    assert.deepEqual([second.files, second.unchanged, second.deleted], [0, 3, 1]);
    assert.equal((await succeeds('cat', `${copy}/a/two`)).text, 'a/two'.repeat(3000));
  });
});
