import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MutantError, parseMutant, replaceIn } from './patch.js';

const ROOT = new URL('../../../../', import.meta.url);
const DIRECTORY = new URL('packages/sim/mutants/', ROOT);

test('a mutant is a title and replacements, several in one file and in several files', () => {
  const mutant = parseMutant(
    'm',
    '# why\ntitle: broken\nfile: a.ts\n-  one\n- two\n+  1\n-three\n+\nfile: b.ts\n-four\n',
  );
  assert.deepEqual(mutant, {
    name: 'm',
    title: 'broken',
    replacements: [
      { file: 'a.ts', from: '  one\n two', to: '  1' },
      { file: 'a.ts', from: 'three', to: '' },
      { file: 'b.ts', from: 'four', to: '' },
    ],
  });
});

test('what is no mutant is refused', () => {
  for (const text of [
    '',
    'title: x\n',
    'file: a\n-x\n',
    'title: x\n-a\n+b\n',
    'title: x\nfile: a\n+b\n',
    'title: x\nwhat\n',
  ]) {
    assert.throws(() => parseMutant('m', text), MutantError, text);
  }
});

test('a text that is not there, or stands there twice, fails loudly', () => {
  const replacement = { file: 'a.ts', from: 'x + $1', to: '$& y' };
  assert.equal(replaceIn('(x + $1)', 'm', replacement), '($& y)');
  for (const source of ['x', 'x + $1, x + $1']) {
    assert.throws(() => replaceIn(source, 'm', replacement), /a\.ts has the text it replaces \d times, expected once/);
  }
});

test('every mutant of this repository fits the source as it is', () => {
  const names = readdirSync(DIRECTORY);
  assert.ok(names.length >= 15, `${names.length} mutants`);
  for (const file of names) {
    const { name, replacements } = parseMutant(
      file.replace('.mutant', ''),
      readFileSync(new URL(file, DIRECTORY), 'utf8'),
    );
    const sources = new Map<string, string>();
    for (const replacement of replacements) {
      const source = sources.get(replacement.file) ?? readFileSync(new URL(replacement.file, ROOT), 'utf8');
      sources.set(replacement.file, replaceIn(source, name, replacement));
    }
  }
});
