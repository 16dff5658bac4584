// Usage: node scripts/clean.mjs
// Removes what the build made. Data under .tessera/ and node_modules/ stay.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const packages = readdirSync(path.join(root, 'packages')).map((name) => path.join('packages', name));
const made = [...packages, 'bench'].flatMap((directory) => [
  path.join(directory, 'dist'),
  path.join(directory, 'generated'),
]);
for (const directory of [...made, '.nx']) {
  rmSync(path.join(root, directory), { recursive: true, force: true });
}
