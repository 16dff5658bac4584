import { type Random, randomBelow } from '../../random.js';
import type { Choose } from '../choice-tree.js';
import { type Captured, type PageBudget, PagedBytes } from './pages.js';

/** What a disk writes as a whole or not at all. */
export const SECTOR_BYTES = 512;

/** A change that no sync has covered, with what it takes to undo it. */
interface Change {
  readonly kind: 'write' | 'truncate';
  readonly sequence: number;
  /** Range whose old content `captured` holds. */
  readonly from: number;
  readonly to: number;
  readonly captured: Captured;
  readonly lengthBefore: number;
  readonly lengthAfter: number;
  /** A sync has failed on it: no later one makes it durable. */
  stuck: boolean;
}

/** A file apart from its names: its bytes as everyone sees them, and an undo log of what is not durable. */
export class FileNode {
  readonly bytes: PagedBytes;
  /** Open handles, and whether a name leads here: without either the space is free again. */
  handles = 0;
  linked = true;
  #unsynced: Change[] = [];
  #sequence = 0;

  constructor(budget: PageBudget) {
    this.bytes = new PagedBytes(budget);
  }

  /** Returns how many bytes found room. */
  write(chunks: readonly Uint8Array[], position: number): number {
    const wanted = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const captured = this.bytes.capture(position, position + wanted);
    const lengthBefore = this.bytes.length;
    let done = 0;
    for (const chunk of chunks) {
      const count = this.bytes.write(chunk, position + done);
      done += count;
      if (count < chunk.length) break;
    }
    if (done > 0) this.#log('write', position, position + done, captured, lengthBefore);
    return done;
  }

  truncate(length: number): void {
    const lengthBefore = this.bytes.length;
    const captured = this.bytes.capture(length, lengthBefore);
    this.bytes.resize(length);
    this.#log('truncate', Math.min(length, lengthBefore), lengthBefore, captured, lengthBefore);
  }

  /** What a sync that starts now will cover. */
  syncMark(): number {
    return this.#sequence;
  }

  /** A sync that began at `mark` has ended. */
  synced(mark: number): void {
    const done = this.#unsynced.filter((change) => change.sequence <= mark && !change.stuck);
    const last = done.at(-1);
    if (!last) return;
    this.#unsynced = this.#unsynced.flatMap((change) => {
      if (change.sequence > last.sequence) return [change];
      // Of what is stuck below it, a durable change settles the length, and all that it covers.
      const settled = !change.stuck || change.kind === 'truncate' || done.some((durable) => overlap(durable, change));
      return settled ? [] : [{ ...change, lengthBefore: last.lengthAfter, lengthAfter: last.lengthAfter }];
    });
  }

  /**
   * A sync that began at `mark` has failed. As with Linux's page cache, what it was to cover stays readable, and a
   * later sync reports success without having made it durable.
   */
  syncFailed(mark: number): void {
    for (const change of this.#unsynced) if (change.sequence <= mark) change.stuck = true;
  }

  /**
   * Power loss. Unsynced truncations survive as a prefix. Writes after the last survivor survive sector by sector,
   * each sector as some write left it; the length becomes that after some of them. What is lost inside that length
   * reads as before the write: zeros (or junk) where nothing was.
   */
  loseUnsynced(random: Random, junk: boolean): void {
    const writes = this.#undoTruncations((outcomes) => randomBelow(random, outcomes));
    const first = writes[0];
    if (first) {
      const keepsSector = survival(random, writes.length);
      const lengths = [first.lengthBefore, ...writes.map((change) => change.lengthAfter)];
      this.#loseSectors(writes, keepsSector, junk ? random : undefined, first.lengthBefore);
      const length = lengths[keepsSector.lengthIndex] as number;
      if (length < this.bytes.length) this.bytes.resize(length);
    }
    this.#unsynced = [];
  }

  #log(kind: Change['kind'], from: number, to: number, captured: Captured, lengthBefore: number): void {
    const sequence = ++this.#sequence;
    const lengthAfter = this.bytes.length;
    this.#unsynced.push({ kind, sequence, from, to, captured, lengthBefore, lengthAfter, stuck: false });
  }

  /**
   * Power loss, any legal outcome of which can be had: how many of the changes before a truncation survive, then for each
   * sector as which write it is left, or as before all, then which length. What makes no difference is no choice.
   */
  loseChosen(choose: Choose): void {
    const writes = this.#undoTruncations(choose);
    const lengths = [...new Set([this.bytes.length, ...writes.map(({ lengthBefore }) => lengthBefore)])];
    const sectors = new Set<number>();
    for (const { from, to } of writes) {
      for (let at = Math.floor(from / SECTOR_BYTES); at * SECTOR_BYTES < to; at++) sectors.add(at);
    }
    for (const sector of sectors) this.#chooseSector(writes, sector * SECTOR_BYTES, choose);
    const length = lengths[choose(lengths.length)] as number;
    if (length < this.bytes.length) this.bytes.resize(length);
    this.#unsynced = [];
  }

  /** Leaves a sector as one of the writes left it, or as it was before them. */
  #chooseSector(writes: readonly Change[], start: number, choose: Choose): void {
    const end = Math.min(start + SECTOR_BYTES, this.bytes.length);
    const versions: Uint8Array[] = [];
    const note = () => {
      const version = new Uint8Array(end - start);
      this.bytes.read(version, start);
      if (!versions.some((other) => Buffer.compare(other, version) === 0)) versions.push(version);
    };
    note();
    for (const { from, to, captured } of writes.toReversed()) {
      if (from >= end || to <= start) continue;
      this.bytes.restore(captured, Math.max(from, start), Math.min(to, end));
      note();
    }
    this.bytes.write(versions[choose(versions.length)] as Uint8Array, start);
  }

  /** Undoes truncations, and what came after them, until one that survives. Returns the writes since. */
  #undoTruncations(choose: Choose): Change[] {
    const changes = this.#unsynced.slice();
    if (!changes.some((change) => change.kind === 'truncate')) return changes;
    const keep = choose(changes.length + 1);
    for (const change of changes.splice(keep).reverse()) {
      this.bytes.restore(change.captured, change.from, change.to);
      this.bytes.resize(change.lengthBefore);
    }
    return changes.slice(changes.findLastIndex((change) => change.kind === 'truncate') + 1);
  }

  #loseSectors(writes: readonly Change[], survives: Survival, junk: Random | undefined, durableLength: number): void {
    const settled = new Set<number>();
    for (let index = writes.length - 1; index >= 0; index--) {
      const { from, to, captured } = writes[index] as Change;
      for (let sector = Math.floor(from / SECTOR_BYTES); sector * SECTOR_BYTES < to; sector++) {
        if (settled.has(sector)) continue;
        if (survives.sector(index)) {
          settled.add(sector);
          continue;
        }
        const first = Math.max(from, sector * SECTOR_BYTES);
        const last = Math.min(to, (sector + 1) * SECTOR_BYTES);
        this.bytes.restore(captured, first, last);
        if (junk && first >= durableLength && randomBelow(junk, 2) === 0) {
          this.bytes.write(junk.fill(new Uint8Array(last - first)), first);
        }
      }
    }
  }
}

function overlap(one: Change, other: Change): boolean {
  return one.from < other.to && other.from < one.to;
}

interface Survival {
  sector(writeIndex: number): boolean;
  /** The length is that after so many of the writes. */
  readonly lengthIndex: number;
}

/** One of several manners of losing, so that plain outcomes come up as well as torn ones. */
function survival(random: Random, writes: number): Survival {
  const count = randomBelow(random, writes + 1);
  switch (randomBelow(random, 6)) {
    case 0:
      return { sector: () => true, lengthIndex: writes };
    case 1:
      return { sector: () => false, lengthIndex: 0 };
    case 2: // Everything up to some write, and nothing after it.
      return { sector: (index) => index < count, lengthIndex: count };
    case 3: // The last write that arrives is torn.
      return {
        sector: (index) => index < count - 1 || (index === count - 1 && randomBelow(random, 2) === 0),
        lengthIndex: count,
      };
    case 4: // Nearly all of it, with few holes, at full length.
      return { sector: () => randomBelow(random, 16) > 0, lengthIndex: writes };
    default:
      return { sector: () => randomBelow(random, 2) === 0, lengthIndex: count };
  }
}
