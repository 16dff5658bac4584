import type { ByteRange } from '../datatype/flatten.js';
import type { Hints } from '../hints/hints.js';
import type { Attributes, OperationOptions, Path } from '../node-api.js';
import type { RangeData } from './list-api.js';

/** How a list is written by path. */
export interface PathWriteOptions extends OperationOptions {
  /** Makes the file if it is not there; otherwise it is a NOT_FOUND error. */
  create?: boolean;
  /** Make missing parents of a file that is made. */
  makeParents?: boolean;
  /** Permission bits of a file that is made; default 0o644. */
  mode?: number;
  /** For a file that is made, which keeps them; a file that is there has its own. */
  hints?: Hints;
  /** CHANGED, and nothing is written, unless the file's content has this version. */
  ifVersion?: bigint;
}

/** Lists of ranges of files that are not open: for a call now and then; who makes many opens the file. */
export interface PathListCalls {
  /** As `FileHandle.readv`: what is committed of one version of the file. */
  readv(path: Path, ranges: readonly ByteRange[], options?: OperationOptions): Promise<Uint8Array[]>;
  /** As `FileHandle.readvInto`. */
  readvInto(
    path: Path,
    buffer: Uint8Array,
    ranges: readonly ByteRange[],
    options?: OperationOptions,
  ): Promise<number[]>;
  /**
   * Writes all parts into the file; answered when they are durable and visible, all at once within the limits of a
   * handle's flush. @throws TesseraError as `FileHandle.writev` and `flush`
   */
  writev(path: Path, parts: readonly RangeData[], options?: PathWriteOptions): Promise<Attributes>;
}
