import { DATA_DIRECTORY } from '../cluster/cluster.js';
import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const LOG_FILE = /\/log\/\d+\.log$/;
const INDEX = `${DATA_DIRECTORY}/index`;
/** Two equal copies of the identity, or two slots of the witness, are this far apart; so much of each is used. */
const COPY_STEP_BYTES = 4_096;
const COPY_USED_BYTES = 104;

/** How often each place rots. A disk that has lost both copies of its identity is of no more use, so that is rare. */
const PLACES = { log: 30, 'index value': 3, 'index key': 2, witness: 1, identity: 0.3 } as const;

/** Turns over bits anywhere on the disks that may lose durable bytes. */
export function rot(stage: FaultStage, { rot: recurrence }: FaultPlan): Recurring {
  const { draw, cluster, budget, tally } = stage;
  const flip = (host: string, path: string, offset: number): boolean => {
    const disk = cluster.diskOf(host);
    if (offset >= (disk.content(path)?.length ?? 0)) return false;
    disk.flipBit(path, offset, draw.below(8));
    return true;
  };
  const inCopy = () => draw.below(2) * COPY_STEP_BYTES + draw.below(COPY_USED_BYTES);
  const inLog = (host: string) => {
    const disk = cluster.diskOf(host);
    const logs = disk.paths().filter((path) => LOG_FILE.test(path));
    if (logs.length === 0) return false;
    const path = draw.of(logs);
    return flip(host, path, draw.below(Math.max(1, disk.content(path)?.length ?? 0)));
  };
  const inIndex = (host: string, what: 'index value' | 'index key') => {
    const storage = cluster.storageOf(host);
    const entries = storage.entries(INDEX);
    if (entries.length === 0) return false;
    const { key, value } = draw.of(entries);
    if (what === 'index key') storage.drop(INDEX, key);
    else storage.corrupt(INDEX, key, draw.below(value.length), draw.below(8));
    return true;
  };
  const strike = {
    log: inLog,
    'index value': (host: string) => inIndex(host, 'index value'),
    'index key': (host: string) => inIndex(host, 'index key'),
    witness: (host: string) => flip(host, `${DATA_DIRECTORY}/witness`, inCopy()),
    identity: (host: string) => flip(host, `${DATA_DIRECTORY}/identity`, inCopy()),
  };
  return new Recurring(stage, recurrence, () => {
    const { host } = budget;
    if (host === undefined) return;
    const place = draw.weighted(PLACES);
    if (!strike[place](host)) return;
    budget.spend(host);
    tally(`bit rot: ${place}`);
  });
}
