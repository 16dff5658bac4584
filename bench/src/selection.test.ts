import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMeant } from './selection.js';

const VARIANTS = [
  'small-files/copies-2/synced/16',
  'small-files/rs-4-2/written/1',
  'sequential/rs-4-2',
  'lone-put/rs-4-2',
];

const MEANT: Record<string, string[]> = {
  'small-files': ['small-files/copies-2/synced/16', 'small-files/rs-4-2/written/1'],
  'small-files/': ['small-files/copies-2/synced/16', 'small-files/rs-4-2/written/1'],
  'small-files/copies-2': ['small-files/copies-2/synced/16'],
  'small-files/*/synced': ['small-files/copies-2/synced/16'],
  'small-files/**/1': ['small-files/rs-4-2/written/1'],
  '*/rs-4-2': ['small-files/rs-4-2/written/1', 'sequential/rs-4-2', 'lone-put/rs-4-2'],
  small: [],
  'small-files/copies-2/synced/1': [],
  'small.files': [],
};

for (const [pattern, meant] of Object.entries(MEANT)) {
  test(`--only ${pattern} means ${meant.length} of ${VARIANTS.length}`, () => {
    assert.deepEqual(
      VARIANTS.filter((variant) => isMeant(variant, pattern)),
      meant,
    );
  });
}
