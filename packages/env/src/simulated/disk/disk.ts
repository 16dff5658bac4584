import { type Random, randomUnit } from '../../random.js';
import type { Choose } from '../choice-tree.js';
import { FileNode } from './file-node.js';
import { Namespace } from './namespace.js';
import { PAGE_BYTES, type PageBudget } from './pages.js';
import { DISK_DEFAULTS, type DiskSettings } from './settings.js';

/** The disk of a host. It outlives the host's processes; they reach it through a ProcessDisk each. */
export class SimulatedDisk {
  readonly settings: DiskSettings;
  readonly names = new Namespace();
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
    const file = this.names.find(path);
    if (!(file instanceof FileNode)) return undefined;
    const content = new Uint8Array(file.bytes.length);
    file.bytes.read(content, 0);
    return content;
  }

  /** Bit rot: turns over one bit of what is stored. */
  flipBit(path: string, offset: number, bit = 0): void {
    const file = this.names.find(path);
    if (!(file instanceof FileNode) || offset >= file.bytes.length) {
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
