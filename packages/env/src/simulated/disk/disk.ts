import { type Random, randomUnit } from '../../random.js';
import type { Choose } from '../choice-tree.js';
import { FileNode } from './file-node.js';
import { Namespace } from './namespace.js';
import { PAGE_BYTES, type PageBudget } from './pages.js';
import { DISK_DEFAULTS, type DiskSettings } from './settings.js';

/** All that a disk holds at one moment. */
export interface DiskImage {
  readonly directories: readonly string[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What a new disk holds. */
export const EMPTY_DISK_IMAGE: DiskImage = { directories: [], files: new Map() };

/** The disk of a host. It outlives the host's processes; they reach it through a ProcessDisk each. */
export class SimulatedDisk {
  readonly settings: DiskSettings;
  names = new Namespace();
  /** Decides what a power loss takes, in place of chance. */
  choose: Choose | undefined;
  readonly #random: Random;
  readonly #budget: PageBudget;
  #usedPages = 0;
  #losing = false;

  constructor(random: Random, settings: Partial<DiskSettings>) {
    this.#random = random;
    this.settings = { ...DISK_DEFAULTS, ...settings };
    this.#budget = {
      take: () => {
        // Undoing a change after a power loss may need a page that others have taken meanwhile.
        const fits = (this.#usedPages + 1) * PAGE_BYTES <= this.settings.capacityBytes;
        if (!fits && !this.#losing) return false;
        this.#usedPages++;
        return true;
      },
      give: (pages) => {
        this.#usedPages -= pages;
      },
    };
  }

  get usedBytes(): number {
    return this.#usedPages * PAGE_BYTES;
  }

  /** Makes a directory and its parents durably, as an installation would before the first start. */
  prepareDirectory(path: string): void {
    this.names.makeDirectories(path);
    this.names.syncAll();
  }

  /** Paths of all files, sorted. */
  paths(): string[] {
    return this.names.files().map(({ path }) => path);
  }

  /** What a process would read now, synced or not; undefined when there is no such file. */
  content(path: string): Uint8Array | undefined {
    const file = this.file(path);
    return file && contentOf(file);
  }

  /** Undefined when there is no such file. */
  file(path: string): FileNode | undefined {
    const entry = this.names.find(path);
    return entry instanceof FileNode ? entry : undefined;
  }

  /** A copy of all that processes would read now, synced or not. */
  image(): DiskImage {
    const files = new Map(this.names.files().map(({ path, file }) => [path, contentOf(file)]));
    return { directories: this.names.directories(), files };
  }

  /** Another disk in place of this one, or this one as it was: all of it durable. No process of the host may be alive. */
  restore({ directories, files }: DiskImage): void {
    this.names = new Namespace();
    this.#usedPages = 0;
    this.#losing = true;
    for (const path of directories) this.names.makeDirectories(path);
    for (const [path, content] of files) {
      const file = this.newFile();
      file.write([content], 0);
      file.synced(file.syncMark());
      this.names.add(path, file);
    }
    this.names.syncAll();
    this.#losing = false;
  }

  /** Bit rot: turns over one bit of what is stored. */
  flipBit(path: string, offset: number, bit = 0): void {
    const file = this.file(path);
    if (!file || offset >= file.bytes.length) {
      throw new RangeError(`${path} has no byte ${offset} to flip a bit of`);
    }
    const byte = new Uint8Array(1);
    file.bytes.read(byte, offset);
    byte[0] = (byte[0] as number) ^ (1 << bit);
    file.bytes.write(byte, offset);
  }

  /** Power loss: see Namespace and FileNode for what may survive. */
  loseUnsynced(): void {
    this.#losing = true;
    if (this.choose) this.names.loseChosen(this.choose);
    else this.names.loseUnsynced(this.#random);
    const survivors = this.names.files();
    for (const { file } of survivors) {
      file.linked = true;
      if (this.choose) file.loseChosen(this.choose);
      else file.loseUnsynced(this.#random, this.settings.junkAfterPowerLoss);
    }
    this.#usedPages = survivors.reduce((sum, { file }) => sum + file.bytes.allottedPages, 0);
    this.#losing = false;
  }

  newFile(): FileNode {
    return new FileNode(this.#budget);
  }

  /** Gives the space of a file back when neither a name nor a handle is left. */
  release(file: FileNode): void {
    if (!file.linked && file.handles === 0) this.#budget.give(file.bytes.allottedPages);
  }

  /** How long the next operation takes. */
  delayMs(kind: 'operation' | 'read' | 'sync'): number {
    const least = this.settings[`${kind}MsMin`];
    const most = this.settings[`${kind}MsMax`];
    return (least + randomUnit(this.#random) * (most - least)) * this.settings.slowFactor;
  }
}

function contentOf(file: FileNode): Uint8Array {
  const content = new Uint8Array(file.bytes.length);
  file.bytes.read(content, 0);
  return content;
}
