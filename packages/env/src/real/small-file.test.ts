import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readSmallFile } from './small-file.js';

const root = mkdtempSync(path.join(tmpdir(), 'tessera-small-file-'));
after(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(path.join(root, name), content);
  return path.join(root, name);
}

test('a small file is read whole', () => {
  assert.equal(readSmallFile(file('full', 'é'.repeat(50)), 100), 'é'.repeat(50));
  assert.equal(readSmallFile(file('empty', ''), 100), '');
});

test('what is long, no text, no file or not there is refused', () => {
  const refused = (name: string, code: string, message: RegExp) =>
    assert.throws(() => readSmallFile(name, 100), { name: 'DiskError', code, message });
  refused(file('long', 'x'.repeat(101)), 'IO', /longer than 100 bytes/);
  refused(file('binary', Uint8Array.of(0x61, 0xff)), 'IO', /no UTF-8 text/);
  refused(root, 'IO', /no regular file/);
  refused('/dev/zero', 'IO', /no regular file/);
  refused(path.join(root, 'none'), 'NOT_FOUND', /cannot read .*none: nothing has that name/);
  const pipe = path.join(root, 'pipe');
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
  refused(pipe, 'IO', /no regular file/);
});
