// put and get of trees against a local cluster of real processes: what is sent, what is left, what survives being killed.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { type LocalCluster, startLocalCluster } from '@tessera/client/local-cluster';
import { ExitCode } from '../exit-code.js';
import { commandIn } from '../testing/expectations.js';
import { spawnTessera } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { filesBelow, linesOf, pathsOf, stoppedAfter } from '../testing/transfer-lines.js';

const root = temporaryDirectory(async () => cluster?.stop());
const directory = path.join(root, 'cluster');
const environment = { TESSERA_DIR: directory };
let cluster: LocalCluster | undefined;

/** Files of one image each, in two directories. */
const IMAGES = 120;
const IMAGE_BYTES = 200_000;
/** Longer than one unit of a download. */
const LARGE_BYTES = 100_000_000;

before(async () => {
  for (const series of ['study/s1', 'study/s2']) mkdirSync(path.join(root, series), { recursive: true });
  for (let index = 0; index < IMAGES; index++) {
    writeFileSync(path.join(root, `study/s${1 + (index % 2)}/${index}.dcm`), randomBytes(IMAGE_BYTES));
  }
  writeFileSync(path.join(root, 'study/notes.txt'), 'notes');
  cluster = await startLocalCluster({ directory, chunkservers: 6 });
});

const where = { cwd: root, environment };
const { tessera, succeeds } = commandIn(where);

interface Stat {
  inode?: string;
  links?: number;
  uid?: number;
  gid?: number;
}

function assertSameTree(one: string, other: string): void {
  const [files, others] = [filesBelow(path.join(root, one)), filesBelow(path.join(root, other))];
  assert.deepEqual([...others.keys()], [...files.keys()]);
  for (const [name, content] of files) assert.ok(others.get(name)?.equals(content), `${name} differs`);
}

async function stored(remote: string): Promise<string[]> {
  const { code, text } = await tessera('find', remote, '--type', 'f', '--json');
  return code === ExitCode.OK ? linesOf(text).map((line) => String(line.path)) : [];
}

describe('trees that are there already', () => {
  it('are recognized, changes are sent alone, and differing ones are not replaced unless told', async () => {
    const first = await succeeds('put', '-r', '--json', 'study', '/same');
    assert.equal(pathsOf(first.text, 'stored').length, IMAGES + 1);
    const again = await succeeds('put', '-r', '--json', 'study', '/same');
    assert.deepEqual([pathsOf(again.text, 'stored').length, pathsOf(again.text, 'unchanged').length], [0, IMAGES + 1]);
    appendFileSync(path.join(root, 'study/notes.txt'), ', more');
    const refused = await tessera('put', '-r', 'study', '/same');
    assert.equal(refused.code, ExitCode.FAILURE);
    assert.match(refused.stderr, /EXISTS: .*notes.txt exists already\n {2}Pass --replace/);
    const replaced = await succeeds('put', '-r', '--json', '--replace', 'study', '/same');
    assert.deepEqual(pathsOf(replaced.text, 'stored'), ['/same/notes.txt']);
    assert.match((await succeeds('put', '-r', 'study', '/same')).text, /^stored 0 files, .*, 121 unchanged \(/);
  });

  it('come back with their times, so that they are recognized in both directions', async () => {
    await succeeds('get', '-r', '/same', 'back');
    assertSameTree('study', 'back');
    const again = await succeeds('get', '-r', '--json', '/same', 'back');
    assert.equal(pathsOf(again.text, 'unchanged').length, IMAGES + 1);
    const put = await succeeds('put', '-r', '--json', 'back', '/same');
    assert.equal(pathsOf(put.text, 'unchanged').length, IMAGES + 1);
    rmSync(path.join(root, 'back'), { recursive: true });
  });

  it('are compared by content when asked to', async () => {
    mkdirSync(path.join(root, 'sums'));
    writeFileSync(path.join(root, 'sums/a'), randomBytes(5000));
    writeFileSync(path.join(root, 'sums/b'), randomBytes(5000));
    await succeeds('put', '-r', 'sums', '/sums');
    const { atime, mtime } = statSync(path.join(root, 'sums/a'));
    writeFileSync(path.join(root, 'sums/a'), randomBytes(5000));
    utimesSync(path.join(root, 'sums/a'), atime, mtime);
    utimesSync(path.join(root, 'sums/b'), 1000, 1000);
    const dry = await succeeds('put', '-rn', '--checksum', '--replace', 'sums', '/sums');
    assert.match(dry.text, /^would transfer .*\/a → \/sums\/a\nwould have stored 1 file, .*1 unchanged/);
    const sent = await succeeds('put', '-r', '--checksum', '--replace', '--json', 'sums', '/sums');
    assert.deepEqual([pathsOf(sent.text, 'stored'), pathsOf(sent.text, 'unchanged')], [['/sums/a'], ['/sums/b']]);
    // What is equal has the source's time by now.
    const times = await succeeds('put', '-r', '--json', 'sums', '/sums');
    assert.equal(pathsOf(times.text, 'unchanged').length, 2);
  });
});

describe('options', () => {
  it('leave out and take in by patterns', async () => {
    await succeeds('put', '-r', '--exclude', 's2/', '--exclude', '*.txt', 'study', '/filtered');
    assert.equal((await stored('/filtered')).length, IMAGES / 2);
    await succeeds('get', '-r', '--fsync', '--include', '1?.dcm', '/filtered', 'filtered');
    assert.deepEqual(
      [...filesBelow(path.join(root, 'filtered')).keys()],
      ['10', '12', '14', '16', '18'].map((n) => `s1/${n}.dcm`),
    );
  });

  it('verify what was written', async () => {
    const put = await succeeds('put', '--json', '--verify', 'study/s1/0.dcm', '/verified.dcm');
    const [line] = linesOf(put.text);
    assert.match(String(line?.sha256), /^[0-9a-f]{64}$/);
    const got = await succeeds('get', '--json', '--verify', '/verified.dcm', 'verified.dcm');
    assert.equal(linesOf(got.text)[0]?.sha256, line?.sha256);
  });

  it('say what would be done, and do nothing', async () => {
    const put = await succeeds('put', '-r', '--dry-run', 'study', '/dry');
    assert.match(put.text, /would transfer .*notes.txt → \/dry\/notes.txt/);
    assert.match(put.text, /\nwould have stored 121 files/);
    assert.equal((await tessera('stat', '/dry')).code, ExitCode.NOT_FOUND);
    await succeeds('get', '-r', '--dry-run', '/same', 'dry');
    assert.equal(existsSync(path.join(root, 'dry')), false);
  });

  it('preserve modes, times of directories and links', async () => {
    mkdirSync(path.join(root, 'kept/sub'), { recursive: true });
    writeFileSync(path.join(root, 'kept/sub/a'), 'a');
    symlinkSync('sub/a', path.join(root, 'kept/link'));
    symlinkSync('nowhere', path.join(root, 'kept/broken'));
    chmodSync(path.join(root, 'kept/sub/a'), 0o640);
    chmodSync(path.join(root, 'kept/sub'), 0o550);
    utimesSync(path.join(root, 'kept/sub'), 1000, 1000);
    for (const replace of [[], ['--replace']]) {
      await succeeds('put', '-r', '--preserve', 'all', ...replace, 'kept', '/kept');
      await succeeds('get', '-r', '--preserve', 'mode,times,links', ...replace, '/kept', 'kept-back');
      const back = path.join(root, 'kept-back');
      assert.equal(readlinkSync(path.join(back, 'link')), 'sub/a');
      assert.equal(readlinkSync(path.join(back, 'broken')), 'nowhere');
      assert.equal(lstatSync(path.join(back, 'sub/a')).mode & 0o777, 0o640);
      const sub = statSync(path.join(back, 'sub'));
      assert.deepEqual([sub.mode & 0o777, sub.mtimeMs], [0o550, 1_000_000]);
    }
  });

  it('preserve hard links and owners', async () => {
    const tree = path.join(root, 'named');
    mkdirSync(path.join(tree, 'sub'), { recursive: true });
    writeFileSync(path.join(tree, 'one'), 'the same');
    writeFileSync(path.join(tree, 'other'), 'another');
    linkSync(path.join(tree, 'one'), path.join(tree, 'sub/two'));
    linkSync(path.join(tree, 'one'), path.join(tree, 'three'));
    const names = ['/named/one', '/named/sub/two', '/named/three'];
    const stats = async () =>
      linesOf((await succeeds('stat', '--json', ...names, '/named/other')).text) as unknown as Stat[];
    const first = linesOf(
      (await succeeds('put', '-r', '--json', '--preserve', 'hard-links,owner', 'named', '/named')).text,
    );
    assert.deepEqual(
      first
        .map(({ action }) => action)
        .filter((action) => action !== undefined)
        .toSorted(),
      ['linked', 'linked', 'stored', 'stored'],
    );
    const stored = await stats();
    assert.equal(new Set(stored.slice(0, 3).map(({ inode }) => inode)).size, 1);
    assert.deepEqual(
      stored.map(({ links, uid, gid }) => [links, uid, gid]),
      [3, 3, 3, 1].map((links) => [links, process.getuid?.(), process.getgid?.()]),
    );
    const again = linesOf((await succeeds('put', '-r', '--json', '--preserve', 'all', 'named', '/named')).text);
    assert.ok(
      again.slice(0, -1).every(({ action }) => action === 'unchanged'),
      JSON.stringify(again),
    );

    await succeeds('get', '-r', '--preserve', 'all', '/named', 'named-back');
    const back = ['one', 'sub/two', 'three'].map((name) => statSync(path.join(root, 'named-back', name)));
    assert.deepEqual(
      back.map(({ nlink, ino }) => [nlink, ino]),
      back.map(() => [3, back[0]?.ino]),
    );
    // Two that are one in the source take the place of two files.
    await succeeds('rm', '/named/three');
    await succeeds('put', 'named/other', '/named/three');
    await succeeds('sync', '--preserve', 'hard-links', 'named', ':/named');
    assert.deepEqual(
      (await stats()).map(({ links }) => links),
      [3, 3, 3, 1],
    );
    rmSync(path.join(root, 'named-back/three'));
    writeFileSync(path.join(root, 'named-back/three'), 'other');
    await succeeds('sync', '--preserve', 'hard-links', ':/named', 'named-back');
    assert.equal(statSync(path.join(root, 'named-back/three')).ino, back[0]?.ino);
  });

  it('keep holes as holes, both ways', async () => {
    const local = path.join(root, 'holes');
    mkdirSync(local);
    const handle = openSync(path.join(local, 'image'), 'w');
    writeSync(handle, Buffer.from('begin'), 0, 5, 0);
    writeSync(handle, Buffer.from('middle'), 0, 6, 20_000_000);
    ftruncateSync(handle, 50_000_001);
    closeSync(handle);
    await succeeds('put', '-r', '--sparse', '--verify', 'holes', '/holes');
    const extents = linesOf((await succeeds('extents', '--json', '/holes/image')).text) as { bytes?: number }[];
    const storedBytes = extents.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
    assert.ok(storedBytes > 0 && storedBytes <= 2 * 65_536, `${storedBytes} bytes stored`);
    const again = linesOf((await succeeds('put', '-r', '--sparse', '--json', 'holes', '/holes')).text);
    assert.equal(again[0]?.action, 'unchanged');
    await succeeds('get', '-r', '--sparse', '--verify', '/holes', 'holes-back');
    const back = path.join(root, 'holes-back/image');
    assert.ok(readFileSync(path.join(local, 'image')).equals(readFileSync(back)));
    assert.ok(statSync(back).blocks * 512 < 1_000_000, `${statSync(back).blocks} blocks`);
    assert.equal((await succeeds('ls', '/holes')).text.trim(), 'image');
  });

  it('tell nothing when quiet, but failures', async () => {
    assert.equal((await succeeds('put', '-q', 'study/notes.txt', '/quiet')).text, '');
    const failed = await tessera('put', '-q', 'study/s1/0.dcm', '/quiet');
    assert.deepEqual([failed.code, failed.text], [ExitCode.REFUSED, '']);
    assert.match(failed.stderr, /EXISTS/);
  });
});

describe('sources', () => {
  it('that are no files fail by themselves', async () => {
    mkdirSync(path.join(root, 'odd'));
    writeFileSync(path.join(root, 'odd/good'), 'good');
    symlinkSync('..', path.join(root, 'odd/up'));
    const put = await tessera('put', '-r', '--json', 'odd', '/odd');
    assert.equal(put.code, ExitCode.FAILURE);
    assert.deepEqual(pathsOf(put.text, 'stored'), ['/odd/good']);
    assert.match(put.stderr, /IS_A_DIRECTORY: .*odd\/up.*--preserve links/);
    assert.deepEqual(linesOf(put.text).at(-1)?.summary?.failed, 1);
  });

  it('go where the slash says', async () => {
    await succeeds('put', '-r', 'odd', '/', '--exclude', 'up');
    assert.equal((await tessera('stat', '/odd/odd')).code, ExitCode.NOT_FOUND);
    await succeeds('mkdir', '/into');
    await succeeds('put', '-r', 'odd', '/into/', '--exclude', 'up');
    assert.deepEqual(await stored('/into'), ['/into/odd/good']);
    mkdirSync(path.join(root, 'into'));
    await succeeds('get', '-r', '/into/odd', 'into/');
    assert.equal(readFileSync(path.join(root, 'into/odd/good'), 'utf8'), 'good');
  });

  it('and destinations of different kinds are told apart', async () => {
    const overDirectory = await tessera('put', '-r', 'study/s1', '/odd/good');
    assert.equal(overDirectory.code, ExitCode.REFUSED);
    assert.match(overDirectory.stderr, /NOT_A_DIRECTORY/);
    mkdirSync(path.join(root, 'odd2/good'), { recursive: true });
    const overFile = await tessera('get', '-r', '/odd', 'odd2');
    assert.equal(overFile.code, ExitCode.REFUSED);
    assert.match(overFile.stderr, /IS_A_DIRECTORY: .*odd2\/good is a directory, where a file is to go/);
  });
});

for (const [signal, code] of [
  ['SIGINT', ExitCode.INTERRUPTED],
  ['SIGKILL', null],
] as const) {
  describe(`a run that ${signal} ends`, () => {
    const remote = `/ended-${signal}`;

    it('of put goes on with the same command, and sends nothing twice that is whole', async () => {
      const put = ['put', '-r', '--json', '--jobs', '4', 'study', remote];
      const first = await stoppedAfter(put, where, 20, (child) => child.kill(signal));
      assert.equal(first.code, code, first.stderr);
      const told = pathsOf(first.text, 'stored');
      const there = await stored(remote);
      assert.ok(told.length >= 20 && there.length <= IMAGES, `${told.length} told, ${there.length} there`);
      for (const one of told) assert.ok(there.includes(one), `${one} was told to be stored`);
      const second = await succeeds(...put, '--verify');
      assert.deepEqual(pathsOf(second.text, 'unchanged').sort(), there.sort());
      assert.equal(pathsOf(second.text, 'stored').length, IMAGES + 1 - there.length);
      await succeeds('get', '-r', remote, `back-${signal}`);
      assertSameTree('study', `back-${signal}`);
    });

    it('of get goes on with the same command, in the middle of a large file', async () => {
      const content = randomBytes(LARGE_BYTES);
      writeFileSync(path.join(root, 'large.bin'), content);
      const large = `/large-${signal}`;
      await succeeds('put', 'large.bin', large);
      const local = path.join(root, `got-${signal}`);
      mkdirSync(local);
      const get = ['get', '--json', large, `got-${signal}/large`];
      const part = () => readdirSync(local).find((name) => name.endsWith('.tessera-part'));
      const child = spawnTessera(get, { cwd: root, environment });
      const ended = new Promise((resolve) => child.once('close', resolve));
      while (child.exitCode === null) {
        const name = part();
        if (name !== undefined && (statSync(path.join(local, name), { throwIfNoEntry: false })?.size ?? 0) > 40_000_000)
          break;
        await new Promise((resolve) => setImmediate(resolve));
      }
      child.kill(signal);
      await ended;
      const left = part();
      assert.ok(left !== undefined, 'a part is left');
      assert.equal(existsSync(path.join(local, 'large')), false);
      // The first byte tells a part that went on from one that began anew.
      const kept = readFileSync(path.join(local, left));
      kept[0] = (kept[0] ?? 0) ^ 1;
      writeFileSync(path.join(local, left), kept);
      const damaged = await tessera(...get, '--verify');
      assert.equal(damaged.code, ExitCode.DAMAGED, damaged.stderr);
      const again = await succeeds(...get, '--checksum', '--replace', '--verify');
      assert.deepEqual(pathsOf(again.text, 'stored'), [large]);
      assert.ok(readFileSync(path.join(local, 'large')).equals(content));
      assert.deepEqual(readdirSync(local), ['large']);
    });
  });
}

describe('a cluster that fails under put -r', () => {
  it('loses and gets back chunkservers and the metaserver, and every file is whole', async () => {
    const run = await stoppedAfter(
      ['put', '-r', '--json', '--jobs', '4', 'study', '/under-fire'],
      where,
      10,
      async () => {
        await cluster?.kill('chunkserver-2');
        await cluster?.kill('metaserver');
        await cluster?.start();
        await cluster?.kill('chunkserver-5');
        await cluster?.start();
      },
    );
    assert.equal(run.code, ExitCode.OK, run.stderr);
    const again = await succeeds('put', '-r', '--json', '--checksum', 'study', '/under-fire');
    assert.equal(pathsOf(again.text, 'unchanged').length, IMAGES + 1);
  });

  it('for good ends it, and the same command goes on once it is back', async () => {
    const put = ['put', '-r', '--json', '--jobs', '8', 'study', '/lost'];
    const run = await stoppedAfter(put, where, 10, () => cluster?.stop());
    assert.equal(run.code, ExitCode.UNAVAILABLE, run.stderr);
    assert.match(run.stderr, /the rest was not tried; the same command goes on/);
    const told = pathsOf(run.text, 'stored');
    cluster = await startLocalCluster({ directory, chunkservers: 6 });
    const second = await succeeds(...put);
    const unchanged = pathsOf(second.text, 'unchanged');
    for (const one of told) assert.ok(unchanged.includes(one), `${one} was sent twice`);
    await succeeds('get', '-r', '/lost', 'lost');
    assertSameTree('study', 'lost');
  });
});

it('a file that is cut off while it is read is refused whole', async () => {
  const local = path.join(root, 'shrinking');
  writeFileSync(local, randomBytes(50_000_000));
  const child = spawnTessera(['put', 'shrinking', '/shrinking'], { cwd: root, environment });
  const ended = new Promise((resolve) => child.once('close', resolve));
  for (let size = 49_999_999; child.exitCode === null; size = Math.max(0, size - 1)) {
    truncateSync(local, size);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await ended, ExitCode.REFUSED);
  assert.equal((await tessera('stat', '/shrinking')).code, ExitCode.NOT_FOUND);
});
