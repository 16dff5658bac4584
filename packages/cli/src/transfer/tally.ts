import type { Protection } from '@tessera/client';
import { formatRate, formatSize } from '../output/size.js';
import { formatDuration } from '../output/time.js';

const MEANINGS: Readonly<Record<Exclude<Protection, 'full'>, string>> = {
  narrowed: 'stored narrowed: full parity over fewer data shards, at a cost in space',
  degraded: 'stored degraded: fewer parity shards than the layout asks for, until they are repaired',
};

/** What a transfer has moved so far. */
export class Tally {
  readonly #startedMs = performance.now();
  readonly #reduced = new Map<keyof typeof MEANINGS, { files: number; detail: string | undefined }>();
  #files = 0;
  #bytes = 0;

  add(bytes: number, protection: Protection = 'full', detail?: string): void {
    this.#files += 1;
    this.#bytes += bytes;
    if (protection === 'full') return;
    const known = this.#reduced.get(protection);
    this.#reduced.set(protection, { files: (known?.files ?? 0) + 1, detail: known?.detail ?? detail });
  }

  get files(): number {
    return this.#files;
  }

  /** `3 files, 1.50 MiB in 12 ms (131.0 MB/s)` */
  summary(): string {
    const elapsedMs = performance.now() - this.#startedMs;
    const rate = formatRate(this.#bytes, elapsedMs / 1000);
    return `${countFiles(this.#files)}, ${formatSize(this.#bytes)} in ${formatDuration(elapsedMs)} (${rate})`;
  }

  /** One line for each kind of reduced protection. */
  warnings(): string[] {
    return [...this.#reduced].map(([protection, { files, detail }]) => {
      const verb = files === 1 ? 'is' : 'are';
      return `warning: ${countFiles(files)} ${verb} ${MEANINGS[protection]}${detail ? ` (${detail})` : ''}`;
    });
  }
}

export function countFiles(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}
