import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type FilterRule, pathFilter } from './path-filter.js';
import { parsePattern } from './path-pattern.js';

/** `+PATTERN` includes, `-PATTERN` excludes. */
function rules(...texts: string[]): FilterRule[] {
  return texts.map((text) => ({ takes: text.startsWith('+'), pattern: parsePattern(text.slice(1)) }));
}

function takes(texts: string[], relative: string): boolean {
  const kind = relative.endsWith('/') ? 'directory' : 'file';
  return pathFilter(rules(...texts))({ relative: relative.replace(/\/$/, ''), kind });
}

describe('filters', () => {
  for (const [texts, taken, left] of [
    [[], ['a', 'a/b', 'a/'], []],
    [['-*.tmp'], ['a.dcm', 'a/b.tmpx'], ['x.tmp', 'deep/er/x.tmp', 'd.tmp/']],
    [['-cache/'], ['cache', 'a/cache'], ['cache/', 'a/cache/']],
    [['-/raw'], ['a/raw', 'raws'], ['raw', 'raw/']],
    [['-a/raw'], ['b/a/raw', 'raw'], ['a/raw']],
    [['-/CT-*/raw/**'], ['CT-1/raw/', 'CT-1/x/raw/a', 'raw/a'], ['CT-1/raw/a', 'CT-1/raw/a/b']],
    [['-**/raw/*'], ['raw', 'raw/a/b'], ['raw/a', 'x/raw/a', 'x/y/raw/a']],
    [['+*.dcm'], ['a.dcm', 'd/a.dcm', 'd/', 'd/e/'], ['a.txt', 'd/a.txt']],
    [['+*.dcm', '-*'], ['a.dcm'], ['a.txt', 'd/']],
    [['-old.dcm', '+*.dcm'], ['a.dcm', 'a.txt'], ['old.dcm']],
    [['-[0-9]?.dcm'], ['a1.dcm', '1.dcm', '123.dcm'], ['12.dcm', '9x.dcm']],
    [
      ['-[!a-c].x', '-[-z].y', '-[]].z'],
      ['a.x', 'b.y', '[.z'],
      ['d.x', '-.y', 'z.y', '].z'],
    ],
    [
      ['-a\\*b', '-c[d'],
      ['axb', 'cd'],
      ['a*b', 'c[d'],
    ],
    [['-ä?.dcm'], ['ä.dcm'], ['ä😀.dcm']],
    [['-a.b+c(d)|e{f}^g$'], ['axb+c(d)|e{f}^g$'], ['a.b+c(d)|e{f}^g$']],
  ] as const) {
    it(`${texts.join(' ') || 'none'}`, () => {
      for (const path of taken) assert.equal(takes([...texts], path), true, `${path} is taken`);
      for (const path of left) assert.equal(takes([...texts], path), false, `${path} is left out`);
    });
  }

  it('a star never crosses a slash, and escaped text matches itself', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((name) => !name.includes('/'));
    fc.assert(
      fc.property(names, names, (one, other) => {
        const escaped = one.replace(/[\\*?[\]]/g, '\\$&');
        assert.equal(takes([`-/${escaped}`], one), false);
        assert.equal(takes(['-/*'], `${one}/${other}`), true);
        assert.equal(takes(['-/**'], `${one}/${other}`), false);
      }),
    );
  });

  for (const text of ['', '/', '//']) {
    it(`'${text}' is no pattern`, () => assert.throws(() => parsePattern(text), { code: 'INVALID_ARGUMENT' }));
  }
});
