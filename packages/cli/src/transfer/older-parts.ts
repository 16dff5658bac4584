import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { LISTED_DIRECTORIES_MAX } from './limits.js';
import { isOlderPart, isPartName } from './part-name.js';

/** Parts that runs before this one left. A directory is listed once, however many files go into it. */
export class OlderParts {
  readonly #listed = new Map<string, Promise<string[]>>();

  /** Before a download to `local` begins: removes what is left of downloads of content that was there before. */
  async remove(local: string, identity: string): Promise<void> {
    const directory = path.dirname(local);
    const parts = await this.#parts(directory);
    const older = parts.filter((part) => isOlderPart(part, path.basename(local), identity));
    await Promise.all(older.map((part) => rm(path.join(directory, part), { force: true })));
  }

  #parts(directory: string): Promise<string[]> {
    const known = this.#listed.get(directory);
    if (known !== undefined) return known;
    // A directory that is missing or cannot be listed is told by the download itself.
    const parts = readdir(directory, { withFileTypes: true }).then(
      (entries) => entries.filter((entry) => entry.isFile() && isPartName(entry.name)).map(({ name }) => name),
      () => [],
    );
    for (const oldest of this.#listed.keys()) {
      if (this.#listed.size < LISTED_DIRECTORIES_MAX) break;
      this.#listed.delete(oldest);
    }
    this.#listed.set(directory, parts);
    return parts;
  }
}
