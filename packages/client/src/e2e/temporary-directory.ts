import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** A directory for the test file that asks, removed after its tests, once `release` has stopped who uses it. */
export function temporaryDirectory(release: () => Promise<unknown> = async () => {}): string {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tessera-client-')));
  after(async () => {
    await release();
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}
