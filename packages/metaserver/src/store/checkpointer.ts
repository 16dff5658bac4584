import type { Disk, Random } from '@tessera/env';
import type { Applier } from './applier.js';
import { checkpointFileName } from './checkpoint-format.js';
import { listCheckpoints } from './checkpoint-reader.js';
import { writeCheckpoint } from './checkpoint-writer.js';
import type { StoreDirectories } from './directories.js';
import { firstNeeded, journalFiles } from './journal-reader.js';
import { CHECKPOINTS_KEPT } from './limits.js';
import type { CheckedEntry, View } from './view.js';

export type PassPages = (pages: AsyncIterable<CheckedEntry[]>) => AsyncIterable<CheckedEntry[]>;

export interface CheckpointerParts {
  disk: Disk;
  random: Random;
  directories: StoreDirectories;
  view: View;
  applier: Applier;
}

/** Writes checkpoints and removes what they make superfluous. */
export class Checkpointer {
  readonly #parts: CheckpointerParts;
  /** Lsns of the checkpoints not known to be damaged, newest first. */
  #good: readonly number[];

  constructor(parts: CheckpointerParts, good: readonly number[]) {
    this.#parts = parts;
    this.#good = good;
  }

  get good(): readonly number[] {
    return this.#good;
  }

  /** It was found damaged: it keeps no journal from being read, and goes with the next checkpoint. */
  discard(lsn: number): void {
    this.#good = this.#good.filter((good) => good !== lsn);
  }

  /**
   * Writes a checkpoint of the view as it is now; its pages pass through `pass`, which may slow them down or end it.
   * @throws TesseraError CORRUPT when the view is damaged; DiskError; what `pass` throws
   */
  async write(pass: PassPages): Promise<{ lsn: number; bytes: number; entries: number }> {
    const { disk, random, directories, view, applier } = this.#parts;
    const content = await applier.atRest((state, position) => {
      return { position, digests: state.digests, pages: pass(view.scan({})) };
    });
    const { lsn } = content.position;
    const written = await writeCheckpoint(disk, random, directories.checkpoint, content);
    this.#good = [lsn, ...this.#good.filter((good) => good !== lsn)].slice(0, CHECKPOINTS_KEPT);
    await this.#removeSuperfluous();
    return { lsn, ...written };
  }

  async #removeSuperfluous(): Promise<void> {
    const { disk, directories } = this.#parts;
    const { checkpoint, journal } = directories;
    for (const lsn of await listCheckpoints(disk, checkpoint)) {
      if (!this.#good.includes(lsn)) await disk.remove(`${checkpoint}/${checkpointFileName(lsn)}`);
    }
    await disk.syncDirectory(checkpoint);
    // Until there are two checkpoints, the empty beginning is the older one.
    const oldest = this.#good.length < CHECKPOINTS_KEPT ? 0 : (this.#good.at(-1) as number);
    const files = await journalFiles(disk, journal);
    const needed = firstNeeded(files, oldest) ?? 0;
    for (const { name } of files.slice(0, needed)) await disk.remove(`${journal}/${name}`);
    await disk.syncDirectory(journal);
  }
}
