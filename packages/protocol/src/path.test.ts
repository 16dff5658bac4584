import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from './limits.js';
import { decodeName, encodePath, splitPath } from './path.js';

const split = (path: string) => splitPath(encodePath(path)).map(decodeName);

describe('paths', () => {
  it('split into names', () => {
    assert.deepEqual(split(''), []);
    assert.deepEqual(split('/'), []);
    assert.deepEqual(split('/a/β/c d'), ['a', 'β', 'c d']);
    assert.deepEqual(split('a/b/'), ['a', 'b']);
    assert.deepEqual(split('.hidden/..x/...'), ['.hidden', '..x', '...']);
  });

  for (const [what, path] of [
    ['NUL', 'a\0b'],
    ['dot', 'a/./b'],
    ['dot dot', '../b'],
    ['an empty name', 'a//b'],
    ['two leading slashes', '//a'],
    ['a long name', 'x'.repeat(NAME_BYTES_MAX + 1)],
    ['a long path', 'x/'.repeat(PATH_BYTES_MAX / 2 + 1)],
  ] as const) {
    it(`refuse ${what}`, () => {
      assert.throws(() => split(path), { code: 'INVALID_PATH' });
    });
  }

  it('accept names and paths of the greatest length', () => {
    assert.equal(split('x'.repeat(NAME_BYTES_MAX)).length, 1);
    assert.equal(split('x/'.repeat(PATH_BYTES_MAX / 2)).length, PATH_BYTES_MAX / 2);
  });

  it('refuse invalid UTF-8 and lone surrogates', () => {
    assert.throws(() => splitPath(Uint8Array.of(0x61, 0xff)), { code: 'INVALID_PATH', message: /UTF-8/ });
    assert.throws(() => splitPath(Uint8Array.of(0xc0, 0xaf)), { code: 'INVALID_PATH' });
    assert.throws(() => encodePath('a\ud800'), { code: 'INVALID_PATH' });
  });
});
