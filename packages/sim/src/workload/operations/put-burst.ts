import { NAMES, type Turn } from '../turn.js';
import { putAt } from './put.js';

const FILES_MAX = 8;

/** Puts several files at the same time, so that stripes cross files. */
export async function putBurst(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  // Where something may still happen, answers that overlap say less than the oracle makes of them.
  if (actor.territory.worlds.unanswered > 0) return;
  // Different names in one directory: the order in which the puts happen makes no difference.
  const directory = turn.directoryPath();
  const names = draw.some(NAMES, 2 + draw.below(FILES_MAX - 1));
  await Promise.all(names.map((name) => putAt(turn, directory === '' ? name : `${directory}/${name}`, true)));
}
