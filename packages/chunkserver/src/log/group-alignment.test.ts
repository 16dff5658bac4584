import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Disk, type DiskFile, randomBelow } from '@tessera/env';
import { SimulatedRandom } from '@tessera/env/simulated';
import { BufferPool } from '@tessera/protocol';
import { type OpenStore, openStore } from '../store/open-store.js';
import { makePut, randomPayload } from '../testing/shards.js';
import { DIRECTORY, SimulatedMachine } from '../testing/simulated-host.js';

/** As the format says, not as the code does: a page may be written as a whole, so it must not hold acknowledged bytes. */
const PAGE_BYTES = 4096;
const RECORD_ALIGNMENT_BYTES = 512;

/** Notes what syncs have covered in each log file, and which writes touch those pages. It outlives incarnations. */
class PageWatch {
  readonly #written = new Map<string, number>();
  readonly #covered = new Map<string, number>();
  /** Syncs that ended within a page, … */
  unevenSyncs = 0;
  /** … and writes behind what a sync covers. */
  writesBehind = 0;
  /** Thrown where they happen they would pass for errors of the disk. */
  readonly violations: string[] = [];

  watch(disk: Disk): Disk {
    return new Proxy(disk, {
      get: (target, property) => {
        if (property !== 'open') return bound(target, property);
        return async (path: string, mode: 'read' | 'write' | 'create') => {
          const file = await target.open(path, mode);
          return path.endsWith('.log') ? this.#watchFile(path, file) : file;
        };
      },
    });
  }

  #watchFile(path: string, file: DiskFile): DiskFile {
    return new Proxy(file, {
      get: (target, property) => {
        if (property === 'writeSync') {
          return (chunks: readonly Uint8Array[], position: number) => {
            this.#write(path, position);
            target.writeSync(chunks, position);
            const end = chunks.reduce((sum, { length }) => sum + length, position);
            this.#written.set(path, Math.max(end, this.#written.get(path) ?? 0));
          };
        }
        if (property === 'sync') {
          return () => {
            // What is written from now on is not under this sync, whenever it ends.
            const end = this.#written.get(path) ?? 0;
            this.#covered.set(path, end);
            if (end % PAGE_BYTES !== 0) this.unevenSyncs++;
            return target.sync();
          };
        }
        return bound(target, property);
      },
    });
  }

  #write(path: string, position: number): void {
    if (position % RECORD_ALIGNMENT_BYTES !== 0) this.violations.push(`a write at ${position} of ${path}`);
    const covered = this.#covered.get(path);
    if (covered === undefined) return;
    const free = Math.ceil(covered / PAGE_BYTES) * PAGE_BYTES;
    if (position < free)
      this.violations.push(`a write at ${position} of ${path}, where a sync covers up to ${covered}`);
    this.writesBehind++;
  }
}

function bound<T extends object>(target: T, property: string | symbol): unknown {
  const value = Reflect.get(target, property);
  return typeof value === 'function' ? value.bind(target) : value;
}

describe('groups', () => {
  for (const end of ['clean', 'kill'] as const) {
    it(`never share a page with what an earlier sync covers, seals and the start after a ${end} stop included`, async () => {
      const machine = new SimulatedMachine({ seed: `groups ${end}` });
      const random = new SimulatedRandom(`groups ${end}`);
      const watch = new PageWatch();
      let stripe = 0n;
      const act = async ({ store }: OpenStore) => {
        const put = makePut({ payload: randomPayload(random, 20_000), stripe: ++stripe });
        const lsn = await store.put(put);
        if (randomBelow(random, 3) > 0) await store.durable(lsn);
        if (randomBelow(random, 8) === 0) await store.delete(put, 1);
      };
      for (let incarnation = 0; incarnation < 4; incarnation++) {
        const pool = new BufferPool({ retainedBytesMax: 1024 ** 2 });
        const env = { ...machine.env, disk: watch.watch(machine.env.disk) };
        const open = await machine.drive(openStore(env, { directory: DIRECTORY, pool, logFileBytes: 256 * 1024 }));
        const writer = async () => {
          for (let turn = 0; turn < 10; turn++) await act(open);
        };
        await machine.drive(Promise.all([writer(), writer(), writer()]));
        if (end === 'clean') await machine.drive(open.close());
        else machine.process.crash('kill');
        machine.restart();
      }
      assert.deepEqual(watch.violations, []);
      assert.ok(watch.unevenSyncs > 20 && watch.writesBehind > 20, JSON.stringify(watch));
    });
  }
});
