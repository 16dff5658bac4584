import assert from 'node:assert/strict';
import { type Disk, DiskError, readWholeFile } from '../disk.js';
import { randomBelow } from '../random.js';
import { SimulatedRandom } from '../simulated/random.js';

type DiskTest = (title: string, body: (disk: Disk, root: string) => Promise<void>) => void;

/** More than a system takes in one vectored write. */
const MANY_CHUNKS = 3_000;

/** The part of the Disk contract that is about the bytes of one file. */
export function diskFileContract(diskTest: DiskTest): void {
  diskTest('chunks are written in order, and a hole reads as zeros', async (disk, root) => {
    const file = await disk.open(`${root}/a`, 'create');
    file.writeSync([new Uint8Array([1, 2]), new Uint8Array(0), new Uint8Array([3])], 100_000);
    assert.equal(file.bytes, 100_003);
    file.writeSync([], 200_000);
    assert.equal(file.bytes, 100_003);
    file.writeSync([new Uint8Array([9])], 0);
    assert.equal(file.bytes, 100_003);
    const expected = new Uint8Array(100_003);
    expected.set([9], 0);
    expected.set([1, 2, 3], 100_000);
    assert.ok(Buffer.from(expected).equals(await readWholeFile(disk, `${root}/a`, 200_000)));
    await file.close();
  });

  diskTest('a write of very many chunks arrives whole', async (disk, root) => {
    const file = await disk.open(`${root}/a`, 'create');
    const chunks = Array.from({ length: MANY_CHUNKS }, (_, index) => new Uint8Array(index % 7).fill(index));
    file.writeSync(chunks, 11);
    const content = await readWholeFile(disk, `${root}/a`, 1_000_000);
    assert.ok(Buffer.concat(chunks).equals(content.subarray(11)));
    assert.equal(file.bytes, content.length);
    await file.close();
  });

  diskTest('reads return fewer bytes only at the end', async (disk, root) => {
    const file = await disk.open(`${root}/a`, 'create');
    file.writeSync([new Uint8Array(70_000).fill(5)], 0);
    const target = new Uint8Array(50_000);
    assert.equal(await file.read(target, 0), 50_000);
    assert.equal(await file.read(target, 40_000), 30_000);
    assert.equal(await file.read(target, 70_000), 0);
    assert.equal(await file.read(target, 1_000_000), 0);
    assert.equal(await file.read(new Uint8Array(0), 0), 0);
    target.fill(0);
    assert.equal(file.readSync(target, 69_999), 1);
    assert.deepEqual([...target.subarray(0, 2)], [5, 0]);
    assert.equal(file.readSync(target, 70_000), 0);
    await file.close();
  });

  diskTest('truncate cuts, and extends with zeros', async (disk, root) => {
    const file = await disk.open(`${root}/a`, 'create');
    file.writeSync([new Uint8Array(100_000).fill(7)], 0);
    await file.truncate(10);
    assert.equal(file.bytes, 10);
    await file.truncate(50_000);
    assert.equal(file.bytes, 50_000);
    const content = await readWholeFile(disk, `${root}/a`, 100_000);
    assert.ok(content.subarray(0, 10).every((byte) => byte === 7));
    assert.ok(content.subarray(10).every((byte) => byte === 0));
    await file.close();
  });

  diskTest('a file opened for reading refuses writes', async (disk, root) => {
    await (await disk.open(`${root}/a`, 'create')).close();
    const file = await disk.open(`${root}/a`, 'read');
    assert.throws(() => file.writeSync([new Uint8Array(1)], 0), DiskError);
    await assert.rejects(file.truncate(5), DiskError);
    await file.close();
  });

  diskTest('a closed file refuses everything but a second close', async (disk, root) => {
    const file = await disk.open(`${root}/a`, 'create');
    file.writeSync([new Uint8Array(300_000).fill(3)], 0);
    const target = new Uint8Array(300_000);
    const reading = file.read(target, 0);
    const syncing = file.sync();
    await Promise.all([file.close(), file.close()]);
    assert.equal(await reading, 300_000);
    assert.ok(target.every((byte) => byte === 3));
    await syncing;
    assert.throws(() => file.writeSync([target], 0), DiskError);
    assert.throws(() => file.readSync(target, 0), DiskError);
    await assert.rejects(file.read(target, 0), DiskError);
    await assert.rejects(file.sync(), DiskError);
    await assert.rejects(file.truncate(0), DiskError);
    await file.close();
  });

  diskTest('an open file outlives its name', async (disk, root) => {
    const file = await disk.open(`${root}/a`, 'create');
    file.writeSync([new Uint8Array([1, 2, 3])], 0);
    await disk.remove(`${root}/a`);
    const target = new Uint8Array(3);
    assert.equal(await file.read(target, 0), 3);
    assert.deepEqual([...target], [1, 2, 3]);
    await file.close();
  });

  diskTest('two handles of one file see each other', async (disk, root) => {
    const writer = await disk.open(`${root}/a`, 'create');
    const reader = await disk.open(`${root}/a`, 'read');
    writer.writeSync([new Uint8Array([8])], 4);
    const target = new Uint8Array(8);
    assert.equal(await reader.read(target, 0), 5);
    assert.deepEqual([...target], [0, 0, 0, 0, 8, 0, 0, 0]);
    await Promise.all([writer.close(), reader.close()]);
  });

  diskTest('random writes, truncations and reads agree with a plain buffer', async (disk, root) => {
    const random = new SimulatedRandom('disk contract');
    const file = await disk.open(`${root}/a`, 'create');
    const model = Buffer.alloc(400_000);
    let length = 0;
    for (let step = 0; step < 300; step++) {
      const at = randomBelow(random, 200_000);
      const count = randomBelow(random, 60_000);
      if (step % 15 === 0) {
        const cut = randomBelow(random, 250_000);
        await file.truncate(cut);
        model.fill(0, Math.min(cut, length));
        length = cut;
      } else if (step % 3 === 0) {
        const target = new Uint8Array(count);
        const got = await file.read(target, at);
        assert.equal(got, Math.max(0, Math.min(count, length - at)));
        assert.ok(model.subarray(at, at + got).equals(target.subarray(0, got)));
      } else {
        const chunk = random.fill(new Uint8Array(count));
        file.writeSync([chunk.subarray(0, count >> 1), chunk.subarray(count >> 1)], at);
        model.set(chunk, at);
        if (count > 0) length = Math.max(length, at + count);
      }
      if (step % 40 === 0) await file.sync();
      assert.equal(file.bytes, length);
    }
    await file.close();
    assert.ok(model.subarray(0, length).equals(await readWholeFile(disk, `${root}/a`, 400_000)));
  });
}
