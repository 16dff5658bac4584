import { type Disk, DiskError, type DiskFile } from '../../disk.js';
import type { SimulatedProcess } from '../process.js';
import type { SimulatedDisk } from './disk.js';
import { FileNode } from './file-node.js';
import { injectedFailure } from './injected.js';
import { DirectoryNode } from './namespace.js';
import { ProcessFile } from './process-file.js';

/** A host's disk as one incarnation of a process uses it. */
export class ProcessDisk implements Disk {
  readonly #process: SimulatedProcess;
  readonly #disk: SimulatedDisk;

  constructor(process: SimulatedProcess, disk: SimulatedDisk) {
    this.#process = process;
    this.#disk = disk;
  }

  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    return this.#operation(
      'open',
      path,
      () => new ProcessFile(this.#process, this.#disk, this.#node(path, mode), path, mode),
    );
  }

  list(directory: string): Promise<string[]> {
    return this.#operation('list', directory, () => [...this.#disk.names.directory(directory).visible.keys()].sort());
  }

  makeDirectory(path: string): Promise<void> {
    return this.#operation('makeDirectory', path, () => this.#disk.names.makeDirectories(path));
  }

  remove(path: string): Promise<void> {
    return this.#operation('remove', path, () => this.#unlinked(this.#disk.names.remove(path)));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operation('rename', from, () => this.#unlinked(this.#disk.names.rename(from, to)));
  }

  syncDirectory(path: string): Promise<void> {
    const delayMs = this.#disk.delayMs('sync');
    return this.#process.callAsync(
      'disk.syncDirectory',
      path,
      delayMs,
      () => this.#disk.names.sync(this.#disk.names.directory(path)),
      injectedFailure(path),
    );
  }

  stat(path: string): Promise<{ kind: 'file' | 'directory'; bytes: number } | undefined> {
    return this.#operation('stat', path, () => {
      const entry = this.#disk.names.find(path);
      if (!entry) return undefined;
      if (entry instanceof DirectoryNode) return { kind: 'directory', bytes: 0 };
      return { kind: 'file', bytes: entry.bytes.length };
    });
  }

  space(path: string): Promise<{ capacityBytes: number; availableBytes: number }> {
    return this.#operation('space', path, () => {
      if (!this.#disk.names.find(path)) throw new DiskError('NOT_FOUND', path, `${path}: nothing has that name`);
      const { capacityBytes } = this.#disk.settings;
      return { capacityBytes, availableBytes: Math.max(0, capacityBytes - this.#disk.usedBytes) };
    });
  }

  #node(path: string, mode: 'read' | 'write' | 'create'): FileNode {
    if (mode === 'create') {
      const file = this.#disk.newFile();
      this.#disk.names.add(path, file);
      return file;
    }
    const entry = this.#disk.names.find(path);
    if (entry instanceof FileNode) return entry;
    if (entry) throw new DiskError('IO', path, `cannot open ${path}: it is not a regular file`);
    throw new DiskError('NOT_FOUND', path, `cannot open ${path}: nothing has that name`);
  }

  #unlinked(file: FileNode | undefined): void {
    if (!file) return;
    file.linked = false;
    this.#disk.release(file);
  }

  #operation<T>(name: string, path: string, effect: () => T): Promise<T> {
    const delayMs = this.#disk.delayMs('operation');
    return this.#process.callAsync(`disk.${name}`, path, delayMs, effect, injectedFailure(path));
  }
}
