import { formatRate, formatSize } from '../output/size.js';
import { formatDuration } from '../output/time.js';

/** How far a transfer is. */
export interface ProgressState {
  elapsedMs: number;
  /** Done, whatever came of them. */
  files: number;
  /** Moved, of files that are not done too; and of files that were there already. */
  bytes: number;
  /** What there is to do, as far as it has been counted. */
  filesFound: number;
  bytesFound: number;
  /** All has been counted. */
  isCounted: boolean;
}

/** `120/400 files · 1.2/4.0 GiB · 35.0 MB/s · 12 s left`; without the rest while things are being counted. */
export function progressLine(state: ProgressState): string {
  const { elapsedMs, files, bytes, filesFound, bytesFound, isCounted } = state;
  const more = isCounted ? '' : '+';
  const parts = [
    `${files}/${filesFound}${more} files`,
    `${formatSize(bytes)}/${formatSize(bytesFound)}${more}`,
    formatRate(bytes, elapsedMs / 1000),
  ];
  const leftMs = isCounted && bytes > 0 ? ((bytesFound - bytes) / bytes) * elapsedMs : Number.NaN;
  if (leftMs >= 0) parts.push(`${formatDuration(leftMs)} left`);
  return parts.join(' · ');
}
