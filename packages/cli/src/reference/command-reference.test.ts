import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryTerminal } from '../testing/memory-terminal.js';
import { commandReference } from './command-reference.js';

test('the reference has a section for every command that does something, with its help', () => {
  const text = commandReference(memoryTerminal());
  const sections = text.split('\n').filter((line) => line.startsWith('## '));
  for (const name of ['tessera', 'tessera put', 'tessera layout set', 'tessera completion']) {
    assert.ok(sections.includes(`## ${name}`), `${name} is not in ${sections.join(', ')}`);
  }
  for (const name of ['tessera layout', 'tessera complete', 'tessera help'])
    assert.ok(!sections.includes(`## ${name}`));
  assert.match(text, /Usage: tessera ls \[options\] \[path\]/);
  assert.match(text, /Examples:\n {2}tessera ls\n/);
  assert.ok(text.split('\n').every((line) => line.length <= 120));
});
