// package-lock.json works for everybody: with any registry, on any platform.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const entries = Object.entries(packages);

test('the lock file names no registry', () => {
  const named = entries.filter(([, { resolved }]) => /^[a-z+]+:\/\//.test(resolved ?? ''));
  assert.deepEqual(named, []);
});

test('the lock file has an entry for each optional dependency', () => {
  // npm leaves out what a registry without that platform's package could not tell it, and npm ci then refuses the file.
  const missing = entries.flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(place, name)),
  );
  assert.deepEqual(missing, []);
});

/** Whether Node's lookup from `place` upwards finds `name`. */
function isLocked(place, name) {
  if (packages[`${place === '' ? '' : `${place}/`}node_modules/${name}`] !== undefined) return true;
  if (place === '') return false;
  const parent = place.lastIndexOf('/node_modules/');
  return isLocked(parent < 0 ? '' : place.slice(0, parent), name);
}
