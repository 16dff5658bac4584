import type { Disk, DiskFile } from '@tessera/env';

/** Shorter runs of zeros are written: what holds fewer has no hole of a block of its own. */
const HOLE_BYTES_MIN = 16 * 1024;

/**
 * A disk on which long runs of zeros take no space: chunks of nothing but zeros are not written, which leaves a hole. Only
 * for measuring with a million shards on a small disk, and only for files that are never written twice in one place, as
 * the shard log's are: zeros do not replace what was there. Everything else goes to `disk` as it is.
 */
export class SparseDisk implements Disk {
  readonly #disk: Disk;
  readonly list: Disk['list'];
  readonly makeDirectory: Disk['makeDirectory'];
  readonly remove: Disk['remove'];
  readonly rename: Disk['rename'];
  readonly syncDirectory: Disk['syncDirectory'];
  readonly stat: Disk['stat'];
  readonly space: Disk['space'];

  constructor(disk: Disk) {
    this.#disk = disk;
    this.list = disk.list.bind(disk);
    this.makeDirectory = disk.makeDirectory.bind(disk);
    this.remove = disk.remove.bind(disk);
    this.rename = disk.rename.bind(disk);
    this.syncDirectory = disk.syncDirectory.bind(disk);
    this.stat = disk.stat.bind(disk);
    this.space = disk.space.bind(disk);
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return new SparseFile(await this.#disk.open(path, mode));
  }
}

class SparseFile implements DiskFile {
  readonly #file: DiskFile;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  get path(): string {
    return this.#file.path;
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  writeSync(chunks: readonly Uint8Array[], position: number): void {
    let at = position;
    let run: Uint8Array[] = [];
    let runAt = position;
    const writeRun = () => {
      if (run.length > 0) this.#file.writeSync(run, runAt);
      run = [];
    };
    for (const chunk of chunks) {
      const end = at + chunk.length;
      // Past the file's end a hole would need a length: only what lies inside of it, or before more bytes, may be left out.
      if (chunk.length >= HOLE_BYTES_MIN && end <= this.#file.bytes && isZero(chunk)) {
        writeRun();
      } else {
        if (run.length === 0) runAt = at;
        run.push(chunk);
      }
      at = end;
    }
    writeRun();
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#file.read(target, position);
  }

  readSync(target: Uint8Array, position: number): number {
    return this.#file.readSync(target, position);
  }

  sync(): Promise<void> {
    return this.#file.sync();
  }

  truncate(bytes: number): Promise<void> {
    return this.#file.truncate(bytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

const ZEROS = Buffer.alloc(64 * 1024);

function isZero(chunk: Uint8Array): boolean {
  for (let at = 0; at < chunk.length; at += ZEROS.length) {
    const part = chunk.subarray(at, at + ZEROS.length);
    if (ZEROS.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}
