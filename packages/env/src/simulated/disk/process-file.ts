import { DiskError, type DiskFile } from '../../disk.js';
import type { FailureFrom, SimulatedProcess } from '../process.js';
import type { SimulatedDisk } from './disk.js';
import type { FileNode } from './file-node.js';
import { injectedFailure } from './injected.js';

/** An open file of one incarnation. */
export class ProcessFile implements DiskFile {
  readonly path: string;
  readonly #process: SimulatedProcess;
  readonly #disk: SimulatedDisk;
  readonly #node: FileNode;
  readonly #writable: boolean;
  readonly #forgetCrash: () => void;
  #open = true;

  constructor(
    process: SimulatedProcess,
    disk: SimulatedDisk,
    node: FileNode,
    path: string,
    mode: 'read' | 'write' | 'create',
  ) {
    this.path = path;
    this.#process = process;
    this.#disk = disk;
    this.#node = node;
    this.#writable = mode !== 'read';
    node.handles++;
    this.#forgetCrash = process.onCrash(() => this.#drop());
  }

  get bytes(): number {
    return this.#node.bytes.length;
  }

  writeSync(chunks: readonly Uint8Array[], position: number): void {
    this.#assertOpen('write');
    this.#assertWritable('write');
    this.#process.callSync(
      'disk.write',
      this.path,
      (fault) => {
        const wanted = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        const at = fault?.type === 'misdirect' ? Math.max(0, position + fault.byBytes) : position;
        const node = fault?.type === 'misdirect' && fault.path !== undefined ? this.#disk.file(fault.path) : undefined;
        this.#process.host.world.trace.record(at, ...chunks);
        if ((node ?? this.#node).write(chunks, at) < wanted) {
          throw new DiskError('NO_SPACE', this.path, `cannot write ${this.path}: the disk is full`);
        }
      },
      injectedFailure(this.path),
    );
  }

  read(target: Uint8Array, position: number): Promise<number> {
    const delayMs = this.#disk.delayMs('read');
    return this.#operation('read', delayMs, () => this.#node.bytes.read(target, position));
  }

  readSync(target: Uint8Array, position: number): number {
    this.#assertOpen('read');
    return this.#process.callSync(
      'disk.readSync',
      this.path,
      () => this.#node.bytes.read(target, position),
      injectedFailure(this.path),
    );
  }

  sync(): Promise<void> {
    const mark = this.#node.syncMark();
    const failure = (code: string) => {
      this.#node.syncFailed(mark);
      return injectedFailure(this.path)(code);
    };
    return this.#operation('sync', this.#disk.delayMs('sync'), () => this.#node.synced(mark), failure);
  }

  truncate(bytes: number): Promise<void> {
    return this.#operation('truncate', this.#disk.delayMs('operation'), () => {
      this.#assertWritable('truncate');
      this.#node.truncate(bytes);
    });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#process.callAsync('disk.close', this.path, this.#disk.delayMs('operation'), () => {
      this.#forgetCrash();
      this.#drop();
    });
  }

  #drop(): void {
    this.#node.handles--;
    this.#disk.release(this.#node);
  }

  async #operation<T>(
    name: string,
    delayMs: number,
    effect: () => T,
    failure: FailureFrom = injectedFailure(this.path),
  ): Promise<T> {
    this.#assertOpen(name);
    return this.#process.callAsync(`disk.${name}`, this.path, delayMs, effect, failure);
  }

  #assertOpen(action: string): void {
    if (!this.#open) throw new DiskError('IO', this.path, `cannot ${action} ${this.path}: the file is closed`);
  }

  #assertWritable(action: string): void {
    if (!this.#writable) {
      throw new DiskError('IO', this.path, `cannot ${action} ${this.path}: it is open for reading only`);
    }
  }
}
