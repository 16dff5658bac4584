import type { FileHandle } from '../file/api.js';
import type { FileStaging } from '../file/file-staging.js';
import type { CallLimits } from './limits.js';

/** What is used of an open file. */
export interface GroupHandle extends Pick<FileHandle, 'readvInto' | 'close'> {
  /** @throws TesseraError INVALID_ARGUMENT: it is not open for writing */
  readonly staging: Pick<FileStaging, 'segmentBytes' | 'write' | 'content' | 'commit' | 'end'>;
}

/** What all ranks know of a file that they opened together. */
export interface SharedFile {
  readonly handle: GroupHandle;
  /** Which of the group's files it is, for the check that all mean the same. */
  readonly number: number;
  /** Domains begin at multiples of it. */
  readonly alignBytes: number;
  readonly aggregators: number;
  readonly limits: CallLimits;
}
