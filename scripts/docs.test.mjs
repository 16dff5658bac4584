// Documents link to files that exist.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(root, 'docs'), { recursive: true })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
];

for (const document of documents) {
  test(`${document} links to what is there`, () => {
    const text = readFileSync(path.join(root, document), 'utf8');
    const links = [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map(([, target]) => target);
    const local = links.filter((target) => !/^[a-z]+:/.test(target));
    const broken = local.filter((target) => !existsSync(path.resolve(root, path.dirname(document), target)));
    assert.deepEqual(broken, []);
  });
}

test('every decision is in the index', () => {
  const directory = path.join(root, 'docs/decisions');
  const index = readFileSync(path.join(directory, 'README.md'), 'utf8');
  const missing = readdirSync(directory).filter((name) => /^\d{4}-/.test(name) && !index.includes(`(${name})`));
  assert.deepEqual(missing, []);
});
