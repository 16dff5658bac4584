import assert from 'node:assert/strict';
import { type Random, randomBelow } from '@tessera/env';
import type { Client } from '../api.js';
import { noise } from './noise.js';

const KIB = 1024;
/** Upper bounds of lengths, each as likely: inline files, one short segment, several segments of 64 KiB. */
const LENGTHS_MAX = [4 * KIB, 24 * KIB, 24 * KIB, 200 * KIB];
const POOL_BYTES = 8 * KIB * KIB;

/** A file that somebody tried to put, under a name of its own. */
export interface LedgerFile {
  readonly path: string;
  readonly content: Uint8Array;
  /** Acknowledged, or seen whole once: from then on it must be there. */
  owed: boolean;
}

/** What a look at all files found. */
export interface LedgerCount {
  owed: number;
  /** Not acknowledged, and not there either. */
  absent: number;
}

/** All files that writers tried to put into some directories, and which of them the cluster owes. */
export class FileLedger {
  readonly #directories: readonly string[];
  readonly #random: Random;
  readonly #files = new Map<string, LedgerFile>();
  /** Contents are pieces of it from anywhere: many files, little memory, no two alike. */
  readonly #pool: Uint8Array;

  constructor(directories: readonly string[], random: Random) {
    this.#directories = directories;
    this.#random = random;
    this.#pool = noise(POOL_BYTES, random.uint32());
  }

  /** A file that nobody has tried to put yet. */
  next(): LedgerFile {
    const bytes = 1 + randomBelow(this.#random, LENGTHS_MAX[randomBelow(this.#random, LENGTHS_MAX.length)] as number);
    const from = randomBelow(this.#random, POOL_BYTES - bytes);
    const directory = this.#directories[randomBelow(this.#random, this.#directories.length)];
    const path = `${directory}/${this.#files.size}`;
    const file = { path, content: this.#pool.subarray(from, from + bytes), owed: false };
    this.#files.set(path, file);
    return file;
  }

  /**
   * Reads and lists everything: what is owed is whole and listed, everything else absent or whole, and there are no files
   * that nobody put. @throws AssertionError
   */
  async verify(client: Client): Promise<LedgerCount> {
    await this.#read(client, this.#files.keys());
    // Somebody who gave up has perhaps put his file since then.
    const late = await this.#list(client);
    await this.#read(client, late);
    for (const path of late) assert.ok(this.#files.get(path)?.owed, `${path} is listed and cannot be found`);
    const all = [...this.#files.values()];
    const owed = all.filter((file) => file.owed).length;
    return { owed, absent: all.length - owed };
  }

  async #read(client: Client, paths: Iterable<string>): Promise<void> {
    for await (const outcome of client.getMany(paths)) {
      const { path, content, owed } = this.#files.get(outcome.path as string) as LedgerFile;
      if (outcome.ok) {
        assert.ok(Buffer.compare(outcome.content, content) === 0, `${path} has other bytes than were put`);
        (this.#files.get(path) as LedgerFile).owed = true;
      } else {
        assert.ok(!owed, `${path} was acknowledged or seen, and now: ${outcome.error.message}`);
        assert.equal(outcome.error.code, 'NOT_FOUND', `${path}: ${outcome.error.message}`);
      }
    }
  }

  /** Compares the directories with the files; returns those that are listed and not owed. */
  async #list(client: Client): Promise<string[]> {
    const missing = new Set([...this.#files.values()].filter(({ owed }) => owed).map(({ path }) => path));
    const late: string[] = [];
    for (const directory of this.#directories) {
      for await (const { text, kind, attributes } of client.list(directory, { attributes: true })) {
        const path = `${directory}/${text}`;
        const file = this.#files.get(path);
        assert.ok(file !== undefined, `${path} is listed, and nobody put it`);
        assert.deepEqual([path, kind, attributes?.bytes], [path, 'file', file.content.length]);
        if (!missing.delete(path)) late.push(path);
      }
    }
    assert.deepEqual([...missing], [], 'these files can be read and are not listed');
    return late;
  }
}
