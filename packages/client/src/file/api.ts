import type { Readable, Writable } from 'node:stream';
import type { ReadableStream, WritableStream } from 'node:stream/web';
import type { Hints } from '../hints/hints.js';
import type { Attributes, OperationOptions } from '../node-api.js';
import type { ListCalls } from './list-api.js';
import type { ViewCalls } from './view-api.js';

/* The public types of open files. */

/**
 * As for `fopen`: `r` reads, `r+` reads and writes, `w` empties or makes the file and writes, `a` makes it and appends;
 * `+` adds reading, `x` refuses a file that is there.
 */
export type OpenFlags = 'r' | 'r+' | 'w' | 'w+' | 'wx' | 'wx+' | 'a' | 'a+' | 'ax' | 'ax+';

/** How a file is opened, and made where the flags say so. */
export interface OpenOptions extends OperationOptions {
  /** Make missing parents of a file that is made. */
  makeParents?: boolean;
  /** Permission bits of a file that is made; default 0o644. */
  mode?: number;
  /** For a file that is made, which keeps them; a file that is there has its own. */
  hints?: Hints;
}

/** What every call that commits takes. */
export interface CommitOptions extends OperationOptions {
  /** Commit only if the file's content has this version; otherwise CHANGED, and what was to be committed is given up. */
  ifVersion?: bigint;
}

/** Where an append went. */
export interface AppendResult {
  /** Where the bytes are in the file. */
  offset: number;
  /** Of the file, with the bytes. */
  attributes: Attributes;
}

/** Which part of an open file is streamed. */
export interface RangeOptions extends OperationOptions {
  /** First byte; default 0. */
  start?: number;
  /** Byte after the last; default and at most the end of the file. */
  end?: number;
}

/** Where a stream writes. */
export interface FileWritableOptions {
  /** Where the first byte goes; default 0. A file opened to append takes all at its end. */
  start?: number;
}

/** An open file, by inode: a rename does not matter to it. docs/semantics.md says who sees what when. */
export interface FileHandle extends ListCalls, ViewCalls {
  /** As of the opening, or of the last commit through this handle since. */
  readonly attributes: Attributes;
  /** Up to `length` bytes from `offset`, unflushed writes included: fewer only at the end of the file, none past it. */
  read(offset: number, length: number, options?: OperationOptions): Promise<Uint8Array>;
  /**
   * Takes a copy of the bytes, which then are unflushed writes. Waits while too many of them are held. A file opened to
   * append gets them at its end, committed, whatever the offset.
   */
  write(offset: number, data: Uint8Array, options?: OperationOptions): Promise<void>;
  /**
   * Adds the bytes, unchanged until this is answered, at the end that the file has at the commit, in one piece. Unflushed
   * writes are committed before.
   */
  append(data: Uint8Array, options?: CommitOptions): Promise<AppendResult>;
  /** Cuts the file, or lengthens it by a hole, at once. Unflushed writes are committed before. */
  truncate(bytes: number, options?: CommitOptions): Promise<Attributes>;
  /** Makes all unflushed writes durable and visible. */
  flush(options?: CommitOptions): Promise<Attributes>;
  /** The file's attributes by now, its length with unflushed writes. */
  stat(options?: OperationOptions): Promise<Attributes>;
  /** Flushes. A handle that is closed refuses everything but another `close`. */
  close(options?: OperationOptions): Promise<void>;
  /** The file's bytes as they are by now, in order, with bounded read-ahead. */
  readable(options?: RangeOptions): Readable;
  /** Writes in place; `finish` comes after a flush. Destroyed with an error, it gives up what is not committed. */
  writable(options?: FileWritableOptions): Writable;
  /** As `readable`, for the web's streams. */
  readableStream(options?: RangeOptions): ReadableStream<Uint8Array>;
  /** As `writable`, for the web's streams. */
  writableStream(options?: FileWritableOptions): WritableStream<Uint8Array>;
}
