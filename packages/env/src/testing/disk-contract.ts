import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Disk, DiskError, type DiskErrorCode, readWholeFile, replaceFile } from '../disk.js';
import { diskFileContract } from './disk-file-contract.js';
import { type OpenFixture, within } from './fixture.js';

/** A disk, and an empty directory on it. */
export interface DiskSubject {
  disk: Disk;
  root: string;
}

/** Registers the tests that every Disk must pass. */
export function diskContract(name: string, open: OpenFixture<DiskSubject>): void {
  const diskTest = (title: string, body: (disk: Disk, root: string) => Promise<void>) =>
    test(
      title,
      within(open, ({ disk, root }) => body(disk, root)),
    );

  describe(`Disk contract: ${name}`, () => {
    diskTest('open finds, create makes, and neither does the other', async (disk, root) => {
      await fails(disk.open(`${root}/a`, 'read'), 'NOT_FOUND', `${root}/a`);
      await fails(disk.open(`${root}/a`, 'write'), 'NOT_FOUND', `${root}/a`);
      await (await disk.open(`${root}/a`, 'create')).close();
      await fails(disk.open(`${root}/a`, 'create'), 'EXISTS', `${root}/a`);
      await fails(disk.open(`${root}/none/a`, 'create'), 'NOT_FOUND', `${root}/none/a`);
      await fails(disk.open(`${root}/a/b`, 'create'), 'NOT_A_DIRECTORY', `${root}/a/b`);
      await fails(disk.open(root, 'read'), 'IO', root);
      const file = await disk.open(`${root}/a`, 'write');
      assert.equal(file.bytes, 0);
      assert.equal(file.path, `${root}/a`);
      await file.close();
    });

    diskTest('makeDirectory makes parents and accepts what is there', async (disk, root) => {
      await disk.makeDirectory(`${root}/a/b/c`);
      await disk.makeDirectory(`${root}/a/b/c`);
      await disk.makeDirectory(`${root}/a/b/d`);
      assert.deepEqual(await disk.list(`${root}/a/b`), ['c', 'd']);
      await (await disk.open(`${root}/file`, 'create')).close();
      await assert.rejects(disk.makeDirectory(`${root}/file`), DiskError);
      await fails(disk.makeDirectory(`${root}/file/x`), 'NOT_A_DIRECTORY', `${root}/file/x`);
    });

    diskTest('list is sorted and knows what it cannot list', async (disk, root) => {
      assert.deepEqual(await disk.list(root), []);
      for (const name of ['b', 'a', 'B', 'a10', 'a9', 'ä'])
        await (await disk.open(`${root}/${name}`, 'create')).close();
      assert.deepEqual(await disk.list(root), ['B', 'a', 'a10', 'a9', 'b', 'ä']);
      await fails(disk.list(`${root}/none`), 'NOT_FOUND', `${root}/none`);
      await fails(disk.list(`${root}/a`), 'NOT_A_DIRECTORY', `${root}/a`);
    });

    diskTest('stat tells files, directories and nothing apart', async (disk, root) => {
      const file = await disk.open(`${root}/a`, 'create');
      file.writeSync([new Uint8Array(777)], 0);
      await file.close();
      assert.deepEqual(await disk.stat(`${root}/a`), { kind: 'file', bytes: 777 });
      assert.equal((await disk.stat(root))?.kind, 'directory');
      assert.equal(await disk.stat(`${root}/none`), undefined);
      assert.equal(await disk.stat(`${root}/none/none`), undefined);
      assert.equal(await disk.stat(`${root}/a/none`), undefined);
    });

    diskTest('remove takes a file and accepts a missing one, but no directory', async (disk, root) => {
      await (await disk.open(`${root}/a`, 'create')).close();
      await disk.remove(`${root}/a`);
      await disk.remove(`${root}/a`);
      assert.deepEqual(await disk.list(root), []);
      await disk.makeDirectory(`${root}/d`);
      await assert.rejects(disk.remove(`${root}/d`), DiskError);
      assert.deepEqual(await disk.list(root), ['d']);
    });

    diskTest('rename moves and replaces', async (disk, root) => {
      await replaceFile(disk, root, 'a', new Uint8Array([1]));
      await replaceFile(disk, root, 'b', new Uint8Array([2]));
      await disk.makeDirectory(`${root}/d`);
      await disk.rename(`${root}/a`, `${root}/b`);
      assert.deepEqual([...(await readWholeFile(disk, `${root}/b`, 10))], [1]);
      await disk.rename(`${root}/b`, `${root}/d/c`);
      assert.deepEqual(await disk.list(root), ['d']);
      assert.deepEqual([...(await readWholeFile(disk, `${root}/d/c`, 10))], [1]);
      await fails(disk.rename(`${root}/none`, `${root}/x`), 'NOT_FOUND', `${root}/none`);
      await disk.rename(`${root}/d`, `${root}/e`);
      assert.deepEqual(await disk.list(`${root}/e`), ['c']);
    });

    diskTest('syncDirectory needs a directory', async (disk, root) => {
      await disk.syncDirectory(root);
      await fails(disk.syncDirectory(`${root}/none`), 'NOT_FOUND', `${root}/none`);
      await (await disk.open(`${root}/a`, 'create')).close();
      await fails(disk.syncDirectory(`${root}/a`), 'NOT_A_DIRECTORY', `${root}/a`);
    });

    diskTest('space says what is free of how much', async (disk, root) => {
      const { capacityBytes, availableBytes } = await disk.space(root);
      assert.ok(capacityBytes > 0 && availableBytes > 0 && availableBytes <= capacityBytes);
      await fails(disk.space(`${root}/none`), 'NOT_FOUND', `${root}/none`);
    });

    diskTest('replaceFile and readWholeFile agree, and a limit is kept', async (disk, root) => {
      const content = Uint8Array.from({ length: 1_000 }, (_, index) => index);
      await replaceFile(disk, root, 'a', new Uint8Array(5_000));
      await replaceFile(disk, root, 'a', content);
      assert.deepEqual(Buffer.from(await readWholeFile(disk, `${root}/a`, 1_000)), Buffer.from(content));
      await fails(readWholeFile(disk, `${root}/a`, 999), 'IO', `${root}/a`);
      assert.deepEqual(await disk.list(root), ['a']);
    });

    diskFileContract(diskTest);
  });
}

/** The operation fails with a DiskError of that code that names the path. */
export async function fails(operation: Promise<unknown>, code: DiskErrorCode, path: string): Promise<void> {
  await assert.rejects(operation, (error) => {
    assert.ok(error instanceof DiskError, String(error));
    assert.deepEqual([error.code, error.path], [code, path]);
    assert.ok(error.message.includes(path), error.message);
    return true;
  });
}
