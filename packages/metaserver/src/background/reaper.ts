import type { Clock, Log } from '@tessera/env';
import { formatId, type Id, readUint64, TesseraError } from '@tessera/protocol';
import { InodeKind } from '../records/inode.js';
import { Table } from '../records/keys.js';
import { decodeReaped } from '../records/reaped.js';
import type { MetadataStore } from '../store/transaction.js';
import { type Loop, startLoop } from './loop.js';
import { reapDirectory } from './reap-directory.js';
import { reapFile } from './reap-file.js';
import { reapXattrs } from './reap-xattrs.js';

/** Detached files and directories looked up at a time. */
const REAPED_PER_SCAN = 100;

interface ReaperContext {
  readonly store: MetadataStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: { readonly reaperIntervalMs: number };
}

/**
 * Takes detached trees and large files apart, a bounded transaction at a time. Everything it has to do is in the store,
 * so it goes on where a crash stopped it.
 */
export function startReaper({ store, clock, log, config }: ReaperContext): Loop {
  let stopped = false;
  // What cannot be taken apart is reported once, not in every round.
  const broken = new Set<Id>();
  const onBroken = (id: Id, error: unknown) => {
    broken.add(id);
    log.error({ inode: formatId(id), error: TesseraError.from(error).message }, 'a removed inode cannot be reaped');
  };
  const loop = startLoop(
    clock,
    config.reaperIntervalMs,
    () => reapAll(store, { isStopped: () => stopped, broken, onBroken }),
    (error) => log.warn({ error: TesseraError.from(error).message }, 'reaping failed, it is tried again'),
  );
  return {
    stop() {
      stopped = true;
      return loop.stop();
    },
  };
}

interface ReapControl {
  isStopped(): boolean;
  readonly broken: ReadonlySet<Id>;
  onBroken(id: Id, error: unknown): void;
}

const UNINTERRUPTED: ReapControl = {
  isStopped: () => false,
  broken: new Set(),
  onBroken(_id, error) {
    throw error;
  },
};

/** Reaps until nothing is left that can be. */
export async function reapAll(store: MetadataStore, control: ReapControl = UNINTERRUPTED): Promise<void> {
  const to = Uint8Array.of(Table.REAPED + 1);
  let from: Uint8Array = Uint8Array.of(Table.REAPED);
  let foundAny = false;
  while (!control.isStopped()) {
    const rows = await store.scan({ from, to }, REAPED_PER_SCAN);
    for (const { key, value } of rows) {
      if (control.isStopped()) return;
      const id = readUint64(key, 1);
      if (control.broken.has(id)) continue;
      foundAny = true;
      await reapOne(store, id, decodeReaped(value), control);
    }
    const last = rows[rows.length - 1];
    if (last !== undefined && rows.length === REAPED_PER_SCAN) {
      from = Uint8Array.of(...last.key, 0);
    } else {
      // Directories hand their subdirectories back to the table, anywhere in it: look again until a walk finds none.
      if (!foundAny) return;
      foundAny = false;
      from = Uint8Array.of(Table.REAPED);
    }
  }
}

async function reapOne(store: MetadataStore, id: Id, kind: InodeKind, control: ReapControl): Promise<void> {
  const step = kind === InodeKind.DIRECTORY ? reapDirectory : reapFile;
  try {
    let hasXattrs = true;
    while (!control.isStopped()) {
      if (hasXattrs) hasXattrs = !(await reapXattrs(store, id));
      else if (await step(store, id)) return;
    }
  } catch (thrown) {
    const error = TesseraError.from(thrown);
    if (error.code !== 'CORRUPT' && error.code !== 'INTERNAL') throw thrown;
    control.onBroken(id, error);
  }
}
