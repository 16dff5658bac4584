import type { Protection } from '@tessera/client';
import { formatRate, formatSize } from '../output/size.js';
import { formatDuration } from '../output/time.js';
import type { ProgressState } from './progress-line.js';

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
  #unchanged = 0;
  #unchangedBytes = 0;
  #deleted = 0;
  #failed = 0;
  #movedBytes = 0;
  #foundFiles = 0;
  #foundBytes = 0;
  #counting = 0;

  add(bytes: number, protection: Protection = 'full', detail?: string): void {
    this.#files += 1;
    this.#bytes += bytes;
    if (protection === 'full') return;
    const known = this.#reduced.get(protection);
    this.#reduced.set(protection, { files: (known?.files ?? 0) + 1, detail: known?.detail ?? detail });
  }

  /** A file that was there already, the same. */
  addUnchanged(bytes: number): void {
    this.#unchanged += 1;
    this.#unchangedBytes += bytes;
  }

  addDeleted(): void {
    this.#deleted += 1;
  }

  addFailed(): void {
    this.#failed += 1;
  }

  /** Bytes of a file on its way. */
  addMoved(bytes: number): void {
    this.#movedBytes += bytes;
  }

  /** Something to do, counted ahead of the transfers, between `startCounting` and `endCounting`. */
  addFound(bytes: number): void {
    this.#foundFiles += 1;
    this.#foundBytes += bytes;
  }

  startCounting(): void {
    this.#counting += 1;
  }

  endCounting(): void {
    this.#counting -= 1;
  }

  progress(): ProgressState {
    return {
      elapsedMs: performance.now() - this.#startedMs,
      files: this.#files + this.#unchanged + this.#failed,
      bytes: this.#movedBytes + this.#unchangedBytes,
      filesFound: this.#foundFiles,
      bytesFound: this.#foundBytes,
      isCounted: this.#counting === 0,
    };
  }

  get failed(): number {
    return this.#failed;
  }

  /** Whether anything came about. */
  get isEmpty(): boolean {
    return this.#files + this.#unchanged + this.#deleted === 0;
  }

  /** `3 files, 1.50 MiB in 12 ms (131.0 MB/s), 2 unchanged` */
  summary(): string {
    const elapsedMs = performance.now() - this.#startedMs;
    const rate = formatRate(this.#bytes, elapsedMs / 1000);
    const parts = [`${countFiles(this.#files)}, ${formatSize(this.#bytes)} in ${formatDuration(elapsedMs)} (${rate})`];
    if (this.#unchanged > 0) parts.push(`${this.#unchanged} unchanged (${formatSize(this.#unchangedBytes)})`);
    if (this.#deleted > 0) parts.push(`${this.#deleted} deleted`);
    if (this.#failed > 0) parts.push(`${this.#failed} failed`);
    return parts.join(', ');
  }

  /** The same for programs. */
  totals(): object {
    return {
      files: this.#files,
      bytes: this.#bytes,
      unchanged: this.#unchanged,
      unchangedBytes: this.#unchangedBytes,
      deleted: this.#deleted,
      failed: this.#failed,
      elapsedMs: Math.round(performance.now() - this.#startedMs),
    };
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
