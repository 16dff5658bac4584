import { DATA_DIRECTORY, METASERVER_HOST } from '../cluster/cluster.js';
import { isViewDamage } from '../cluster/view-damage.js';
import type { FaultStage } from './fault-source.js';
import type { FaultPlan } from './plan.js';
import { Recurring } from './recurring.js';

const VIEW = `${DATA_DIRECTORY}/view`;
const MARK = `${DATA_DIRECTORY}/view.mark`;
const CHECKPOINT_FILE = /\/checkpoint\/[0-9a-f]+\.ckpt$/;
const PLACES = { 'view value': 3, 'view mark': 1, checkpoint: 2 } as const;

/**
 * Bits that turn over on the metaserver's disk, in what can be built anew from the journal: values of the view, its mark,
 * one checkpoint at a time. (That keys vanish from the view is noticed by the check after a start alone: see
 * `verify/metaserver-damage.ts`.) A metaserver that meets a damaged value stops, and the next start builds the view anew.
 */
export function viewRot(stage: FaultStage, { viewRot: recurrence }: FaultPlan): Recurring {
  const { draw, cluster, budget, tally } = stage;
  const disk = cluster.diskOf(METASERVER_HOST);
  const storage = cluster.storageOf(METASERVER_HOST);
  let isViewDamaged = false;
  const flip = (path: string): boolean => {
    const bytes = disk.content(path)?.length ?? 0;
    if (bytes > 0) disk.flipBit(path, draw.below(bytes), draw.below(8));
    return bytes > 0;
  };
  const strike = {
    'view value': () => {
      const entries = storage.entries(VIEW);
      if (entries.length === 0) return false;
      const { key, value } = draw.of(entries);
      storage.corrupt(VIEW, key, draw.below(value.length), draw.below(8));
      isViewDamaged = true;
      return true;
    },
    'view mark': () => flip(MARK),
    checkpoint: () => {
      const paths = disk.paths().filter((path) => CHECKPOINT_FILE.test(path));
      if (paths.length === 0) return false;
      const path = draw.of(paths);
      return budget.spendCheckpoint(paths, path) && flip(path);
    },
  };
  cluster.onGiveUp(({ host }, thrown) =>
    host.name === METASERVER_HOST && isViewDamaged && isViewDamage(thrown) ? 'restart' : undefined,
  );
  return new Recurring(stage, recurrence, () => {
    const place = draw.weighted(PLACES);
    if (strike[place]()) tally(`bit rot: ${place}`);
  });
}
