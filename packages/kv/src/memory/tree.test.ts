import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bytes, text } from '../testing/entries.js';
import { entriesOf, KeyTree } from './tree.js';

const keyOf = fc.integer({ min: 0, max: 400 }).map((number) => String(number).padStart(3, '0'));
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), key: keyOf }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: keyOf }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('snapshot' as const), key: keyOf }) },
);

function listing(tree: KeyTree): string[] {
  return entriesOf(tree.snapshot(), {}, Number.POSITIVE_INFINITY).map(
    ({ key, value }) => `${text(key)}=${text(value)}`,
  );
}

test('any sequence of changes agrees with a map, and no snapshot ever changes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_500, size: 'max' }), (steps) => {
      const tree = new KeyTree();
      const model = new Map<string, string>();
      const sorted = () => [...model].map(([key, value]) => `${key}=${value}`).sort();
      const snapshots: { tree: KeyTree; expected: string[] }[] = [];
      for (const [index, { kind, key }] of steps.entries()) {
        if (kind === 'set') {
          tree.set(bytes(key), bytes(String(index)));
          model.set(key, String(index));
        } else if (kind === 'delete') {
          tree.delete(bytes(key));
          model.delete(key);
        } else {
          snapshots.push({ tree: new KeyTree(tree.snapshot()), expected: sorted() });
        }
        assert.equal(text(tree.get(bytes(key))), model.get(key));
      }
      assert.deepEqual(listing(tree), sorted());
      for (const { tree: seen, expected } of snapshots) assert.deepEqual(listing(seen), expected);
    }),
    { numRuns: 60 },
  );
});

test('a copy of a snapshot changes apart from its origin', () => {
  const tree = new KeyTree();
  for (let index = 0; index < 500; index++) tree.set(bytes(`k${index}`), bytes('1'));
  const copy = new KeyTree(tree.snapshot());
  for (let index = 0; index < 500; index += 2) copy.delete(bytes(`k${index}`));
  copy.set(bytes('k1'), bytes('2'));
  assert.equal(listing(tree).length, 500);
  assert.equal(text(tree.get(bytes('k1'))), '1');
  assert.equal(listing(copy).length, 250);
});

test('what a caller does to its buffers afterwards changes nothing', () => {
  const tree = new KeyTree();
  const key = Buffer.from('key');
  const value = Buffer.from('value');
  tree.set(key, value);
  key[0] = 0;
  value[0] = 0;
  const found = tree.get(bytes('key')) as Uint8Array;
  assert.equal(Buffer.from(found).toString(), 'value');
  found[0] = 0;
  assert.equal(Buffer.from(tree.get(bytes('key')) as Uint8Array).toString(), 'value');
});
