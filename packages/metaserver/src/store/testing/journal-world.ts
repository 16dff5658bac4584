import { SimulatedWorld } from '@tessera/env/simulated';
import { Digests } from '../digest.js';
import { decodeWrites, encodePayload, type GroupEntry, payloadBytes, tablesOf } from '../group-payload.js';
import { allocateGroup, GROUP_HEADER_BYTES } from '../journal-format.js';
import { type JournalPosition, journalBeginning } from '../journal-position.js';
import { type JournalReadEnd, readJournal } from '../journal-reader.js';
import { JournalWriter } from '../journal-writer.js';
import { keyString } from '../key-string.js';

export const JOURNAL = '/data/journal';

export interface TestGroup {
  transactions: number;
  writes: readonly (readonly [key: string, value: string | undefined])[];
}

/** What a reader saw of a group. */
export interface SeenGroup {
  lastLsn: number;
  writes: [key: string, value: string | undefined][];
}

/** A journal on a simulated disk, without a store around it. */
export class JournalWorld {
  readonly world: SimulatedWorld;
  readonly digests = new Digests();
  position: JournalPosition = journalBeginning();
  #era = 0;

  constructor(seed: number | string) {
    this.world = new SimulatedWorld({ seed });
    this.host.disk.prepareDirectory(JOURNAL);
  }

  get host() {
    return this.world.host('host-1');
  }

  get disk() {
    return this.host.start('journal').disk;
  }

  /** Appends groups in a new file of a new era. */
  async write(groups: readonly TestGroup[], fileBytesMax = 1024 * 1024): Promise<void> {
    const process = this.host.start('journal');
    const options = { directory: JOURNAL, fileBytesMax, fillBytes: 8_192 };
    const writer = new JournalWriter(process.disk, process.random, options, this.position, ++this.#era);
    for (const group of groups) await this.world.drive(this.#append(writer, group));
    await this.world.drive(writer.close());
    this.position = writer.position;
  }

  async read(base = journalBeginning()): Promise<{ seen: SeenGroup[]; end: JournalReadEnd }> {
    const seen: SeenGroup[] = [];
    const end = await this.world.drive(
      readJournal({
        disk: this.disk,
        directory: JOURNAL,
        base,
        visit: ({ position, payload }) => {
          const writes = decodeWrites(payload).map(
            ({ key, value }) => [keyString(key), value && keyString(value.subarray(8))] as [string, string | undefined],
          );
          seen.push({ lastLsn: position.lsn, writes });
        },
      }),
    );
    return { seen, end };
  }

  paths(): string[] {
    return this.host.disk.paths().filter((path) => path.startsWith(JOURNAL));
  }

  content(path: string): Uint8Array {
    return this.host.disk.content(path) as Uint8Array;
  }

  /** Replaces bytes of a file durably. */
  overwrite(path: string, position: number, bytes: Uint8Array): Promise<void> {
    const change = async () => {
      const file = await this.disk.open(path, 'write');
      file.writeSync([bytes], position);
      await file.sync();
      await file.close();
    };
    return this.world.drive(change());
  }

  #append(writer: JournalWriter, group: TestGroup): Promise<void> {
    const entries: GroupEntry[] = group.writes.map(([key, value]) => ({
      key,
      value: value === undefined ? undefined : Buffer.from(value, 'latin1'),
      baseHash: 0n,
      baseAbsent: true,
      hash: 0n,
    }));
    const tables = tablesOf(entries);
    const bytes = payloadBytes(entries, tables);
    const encoded = allocateGroup(bytes);
    encodePayload(encoded, GROUP_HEADER_BYTES, entries, tables, this.digests);
    const lastLsn = writer.position.lsn + group.transactions;
    return writer.append(encoded, bytes, lastLsn, BigInt(lastLsn));
  }
}
