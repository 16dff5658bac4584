import fs from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type Disk, DiskError, type DiskFile } from '../disk.js';
import { diskErrorFrom } from './disk-errors.js';
import { RealDiskFile } from './disk-file.js';

const open = promisify(fs.open);
const close = promisify(fs.close);
const fstat = promisify(fs.fstat);
const fsync = promisify(fs.fsync);

const FLAGS = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
} as const;

/** Node's file system. Small operations use the thread pool; see RealDiskFile for the bytes. */
export class RealDisk implements Disk {
  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return attempt(mode === 'create' ? 'create' : 'open', path, async () => {
      const descriptor = await open(path, FLAGS[mode]);
      try {
        const status = await fstat(descriptor);
        if (!status.isFile()) throw new DiskError('IO', path, `cannot open ${path}: it is not a regular file`);
        return new RealDiskFile(path, descriptor, status.size);
      } catch (error) {
        await close(descriptor);
        throw error;
      }
    });
  }

  async list(directory: string): Promise<string[]> {
    const names = await attempt('list', directory, () => fs.promises.readdir(directory));
    return names.sort();
  }

  async makeDirectory(path: string): Promise<void> {
    await attempt('make directory', path, () => makeDirectories(path));
  }

  async remove(path: string): Promise<void> {
    await attempt('remove', path, () => fs.promises.unlink(path)).catch((error: DiskError) => {
      if (error.code !== 'NOT_FOUND') throw error;
    });
  }

  async rename(from: string, to: string): Promise<void> {
    await attempt(`rename to ${to}`, from, () => fs.promises.rename(from, to));
  }

  async syncDirectory(path: string): Promise<void> {
    await attempt('sync directory', path, async () => {
      const descriptor = await open(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
      try {
        await fsync(descriptor);
      } finally {
        await close(descriptor);
      }
    });
  }

  async stat(path: string): Promise<{ kind: 'file' | 'directory'; bytes: number } | undefined> {
    try {
      const status = await attempt('look at', path, () => fs.promises.stat(path));
      return { kind: status.isDirectory() ? 'directory' : 'file', bytes: status.size };
    } catch (error) {
      const { code } = error as DiskError;
      if (code === 'NOT_FOUND' || code === 'NOT_A_DIRECTORY') return undefined;
      throw error;
    }
  }

  async space(path: string): Promise<{ capacityBytes: number; availableBytes: number }> {
    const status = await attempt('measure space at', path, () => fs.promises.statfs(path));
    return { capacityBytes: status.blocks * status.bsize, availableBytes: status.bavail * status.bsize };
  }
}

/** Not Node's `recursive`, which never returns where the system refuses new directories with ENOENT (/proc). */
async function makeDirectories(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    await makeDirectories(parent);
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await fs.promises.mkdir(path);
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST' && (await fs.promises.stat(path)).isDirectory();
    if (!exists) throw error;
  }
}

async function attempt<T>(action: string, path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw diskErrorFrom(error, action, path);
  }
}
