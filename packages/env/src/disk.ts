/**
 * A file system as the core sees it. Names are `/`-joined paths. Nothing is durable before the sync that covers it:
 * `DiskFile.sync` for a file's bytes and length, `syncDirectory` for names made, renamed or removed in a directory.
 */
export interface Disk {
  /**
   * `read` and `write` need an existing file, `create` a missing one; `write` and `create` may also read.
   * @throws DiskError NOT_FOUND, EXISTS, PERMISSION, NO_SPACE, IO
   */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>;
  /** Names in a directory, sorted. @throws DiskError NOT_FOUND */
  list(directory: string): Promise<string[]>;
  /** Makes a directory and its parents; an existing one is fine. */
  makeDirectory(path: string): Promise<void>;
  /** Removes a file; a missing one is fine. */
  remove(path: string): Promise<void>;
  /** Atomically gives `from` the name `to`, replacing what stood there. */
  rename(from: string, to: string): Promise<void>;
  syncDirectory(path: string): Promise<void>;
  /** Undefined when nothing has that name. */
  stat(path: string): Promise<{ kind: 'file' | 'directory'; bytes: number } | undefined>;
  /** Space of the file system that holds `path`, in bytes. */
  space(path: string): Promise<{ capacityBytes: number; availableBytes: number }>;
}

export interface DiskFile {
  readonly path: string;
  /** Current length in bytes, this handle's writes included. */
  readonly bytes: number;
  /**
   * Writes all chunks in order from `position`. It goes to the system's cache at once (cheaper than the thread pool);
   * durable only after `sync`. @throws DiskError NO_SPACE, IO: how much was written is then unknown.
   */
  writeSync(chunks: readonly Uint8Array[], position: number): void;
  /** Reads up to `target.length` bytes at `position` off the event loop; fewer only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** As `read`, on the event loop: for bytes known to be cached, and at start-up. */
  readSync(target: Uint8Array, position: number): number;
  /** Makes every write so far durable (fdatasync). @throws DiskError IO: which bytes survived is then unknown. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

export type DiskErrorCode = 'NOT_FOUND' | 'EXISTS' | 'NO_SPACE' | 'PERMISSION' | 'READ_ONLY' | 'NOT_A_DIRECTORY' | 'IO';

/** A disk operation failed; `path` is what it was about. */
export class DiskError extends Error {
  readonly code: DiskErrorCode;
  readonly path: string;
  constructor(code: DiskErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DiskError';
    this.code = code;
    this.path = path;
  }
}

/** The whole of a small file. @throws DiskError NOT_FOUND, or IO when it is longer than `limitBytes`. */
export async function readWholeFile(disk: Disk, path: string, limitBytes: number): Promise<Uint8Array> {
  const file = await disk.open(path, 'read');
  try {
    if (file.bytes > limitBytes) {
      throw new DiskError('IO', path, `${path} is ${file.bytes} bytes long; at most ${limitBytes} were expected`);
    }
    const content = new Uint8Array(file.bytes);
    const count = await file.read(content, 0);
    return content.subarray(0, count);
  } finally {
    await file.close();
  }
}

/** Durably replaces the file at `directory/name`: a reader finds the old content or the new, also after a crash. */
export async function replaceFile(disk: Disk, directory: string, name: string, content: Uint8Array): Promise<void> {
  const temporary = `${directory}/${name}.new`;
  await disk.remove(temporary);
  const file = await disk.open(temporary, 'create');
  try {
    file.writeSync([content], 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(temporary, `${directory}/${name}`);
  await disk.syncDirectory(directory);
}
