import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** A directory for the test file that asks, removed after its tests. */
export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tessera-cli-')));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
