import { type Random, randomUnit } from '@tessera/env';
import type { Choose, CrashKind, SimulatedProcess } from '@tessera/env/simulated';
import { lockedError } from '../memory/errors.js';
import { entriesOf } from '../memory/tree.js';
import type { KvEntry } from '../store.js';
import { type KvLoss, StoredTree } from './stored.js';

export interface KvStorageOptions {
  /** Default `suffix`. */
  loss?: KvLoss;
}

/** All stores of a host at one moment, by their paths. */
export type KvImage = ReadonlyMap<string, readonly KvEntry[]>;

/** An asynchronous call takes up to this. */
const DELAY_MS_MAX = 0.3;

/** The stores of a host. They outlive its processes; each process reaches them through an engine of its own. */
export class SimulatedKvStorage {
  readonly #random: Random;
  readonly #loss: KvLoss;
  /** Decides what a power loss takes, in place of chance. */
  choose: Choose | undefined;
  readonly #stores = new Map<string, StoredTree>();
  readonly #openers = new Map<string, SimulatedProcess>();

  constructor(random: Random, options: KvStorageOptions = {}) {
    this.#random = random;
    this.#loss = options.loss ?? 'suffix';
  }

  /** Entries of a store in key order, as a process would read them now. */
  entries(path: string): KvEntry[] {
    const stored = this.#stores.get(path);
    return stored ? entriesOf(stored.tree.snapshot(), {}, Number.POSITIVE_INFINITY) : [];
  }

  /** Paths of all stores, sorted. */
  paths(): string[] {
    return [...this.#stores.keys()].sort();
  }

  /** A copy of all that processes would read now. */
  image(): KvImage {
    const copy = ({ key, value }: KvEntry): KvEntry => ({ key: new Uint8Array(key), value: new Uint8Array(value) });
    return new Map(this.paths().map((path) => [path, this.entries(path).map(copy)]));
  }

  /** Other stores in place of these, or these as they were: all of it durable. No process of the host may be alive. */
  restore(image: KvImage): void {
    this.#stores.clear();
    for (const [path, entries] of image) {
      const stored = new StoredTree();
      stored.apply(entries);
      stored.sync();
      this.#stores.set(path, stored);
    }
  }

  /** Bit rot: turns over one bit of a stored value. What was applied before counts as synced. */
  corrupt(path: string, key: Uint8Array, offset = 0, bit = 0): void {
    const { stored, value } = this.#existing(path, key);
    if (offset >= value.length) throw new RangeError(`the value in ${path} has no byte ${offset}`);
    // What was read before is in somebody's memory and stays as it is. (A Buffer's slice would be no copy.)
    const rotten = new Uint8Array(value);
    rotten[offset] = (rotten[offset] as number) ^ (1 << bit);
    stored.tree.set(key, rotten);
    stored.sync();
  }

  /** Bit rot of a key: the entry cannot be found any more. What was applied before counts as synced. */
  drop(path: string, key: Uint8Array): void {
    const { stored } = this.#existing(path, key);
    stored.tree.delete(key);
    stored.sync();
  }

  /** The host lost power while nobody had a store open; what processes had open is lost with them. */
  loseUnsynced(): void {
    for (const stored of this.#stores.values()) this.#lose(stored);
  }

  /** Part of an engine. @throws KvError LOCKED */
  open(path: string, process: SimulatedProcess): { stored: StoredTree; close: () => void } {
    this.#assertFree(path, 'open');
    const stored = this.#stores.get(path) ?? new StoredTree();
    this.#stores.set(path, stored);
    this.#openers.set(path, process);
    const forgetCrash = process.onCrash((kind: CrashKind) => {
      this.#openers.delete(path);
      if (kind === 'power') this.#lose(stored);
    });
    const close = () => {
      forgetCrash();
      this.#openers.delete(path);
      stored.sync();
    };
    return { stored, close };
  }

  /** How long the next call takes. */
  delayMs(): number {
    return randomUnit(this.#random) * DELAY_MS_MAX;
  }

  /** Part of an engine. @throws KvError LOCKED */
  destroy(path: string): void {
    this.#assertFree(path, 'destroy');
    this.#stores.delete(path);
  }

  #lose(stored: StoredTree): void {
    if (this.choose) stored.loseChosen(this.choose);
    else stored.loseUnsynced(this.#random, this.#loss);
  }

  #assertFree(path: string, action: string): void {
    if (this.#openers.has(path)) throw lockedError(action, path);
  }

  #existing(path: string, key: Uint8Array): { stored: StoredTree; value: Uint8Array } {
    const stored = this.#stores.get(path);
    const value = stored?.tree.get(key);
    if (!stored || !value) throw new RangeError(`the store at ${path} has no such key`);
    return { stored, value };
  }
}
