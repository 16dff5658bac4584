import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { PART_UNIT_BYTES } from './limits.js';
import { PartFile, wholeUnits } from './part-file.js';
import { isPartName, partName } from './part-name.js';

const root = temporaryDirectory();
const OPTIONS = { mode: undefined, sync: false };

describe('parts of files', () => {
  it('count as far as they were synced for certain', () => {
    assert.deepEqual(
      [0, 1, PART_UNIT_BYTES, PART_UNIT_BYTES + 1, 2 * PART_UNIT_BYTES, 2 * PART_UNIT_BYTES + 1].map(wholeUnits),
      [0, 0, 0, 1, 1, 2],
    );
  });

  it('get their name when they are whole, with time and mode', async () => {
    const local = path.join(root, 'whole.dcm');
    const part = await PartFile.open(local, '1-2');
    await part.write(Buffer.from('abc'));
    await part.write(Buffer.from('de'));
    assert.deepEqual(readdirSync(root).filter(isPartName), [partName('whole.dcm', '1-2')]);
    await part.finish(1_234_567_890_123_456_789n, { mode: 0o600, sync: true });
    assert.equal(readFileSync(local, 'utf8'), 'abcde');
    const { mtimeNs, mode } = statSync(local, { bigint: true });
    const apart = mtimeNs - 1_234_567_890_123_456_789n;
    assert.ok(apart > -2_000n && apart < 2_000n, `${apart} ns apart`);
    assert.equal(mode & 0o777n, 0o600n);
    assert.deepEqual(readdirSync(root).filter(isPartName), []);
  });

  it('go on in whole units of the same content only', async () => {
    const local = path.join(root, 'large.dcm');
    const content = randomBytes(PART_UNIT_BYTES + 70_000);
    const first = await PartFile.open(local, '1-2');
    await first.write(content.subarray(0, PART_UNIT_BYTES + 5));
    await first.leave();
    const other = await PartFile.open(local, '1-3');
    assert.equal(other.offset, 0);
    await other.write(Buffer.from('x'));
    await other.leave();
    // What lies behind the units that were synced may be anything after a loss of power.
    writeFileSync(path.join(root, partName('large.dcm', '1-2')), 'zzzz', { flag: 'a' });
    const second = await PartFile.open(local, '1-2');
    assert.equal(second.offset, PART_UNIT_BYTES);
    await second.write(content.subarray(second.offset));
    await second.finish(0n, OPTIONS);
    assert.ok(readFileSync(local).equals(content));
    assert.deepEqual(readdirSync(root).filter(isPartName), []);
  });

  it('that are shorter than a unit are not kept, and longer rests of earlier runs are cut off', async () => {
    const local = path.join(root, 'short.dcm');
    writeFileSync(path.join(root, partName('short.dcm', '1-2')), 'left by a run that was killed');
    const part = await PartFile.open(local, '1-2');
    await part.write(Buffer.from('new'));
    await part.finish(0n, OPTIONS);
    assert.equal(readFileSync(local, 'utf8'), 'new');
  });

  it('need a directory to be in', async () => {
    const missing = PartFile.open(path.join(root, 'no/such/file'), '1-2');
    await assert.rejects(missing, { code: 'NOT_FOUND', message: /no local directory .*no\/such for file$/ });
  });

  it('have names that fit, whatever they become', () => {
    for (const name of ['a', 'x'.repeat(255), 'ä'.repeat(127), '😀'.repeat(63)]) {
      const part = partName(name, `${'f'.repeat(16)}-${'f'.repeat(16)}`);
      assert.ok(Buffer.byteLength(part) <= 255 && isPartName(part), part);
    }
  });
});
