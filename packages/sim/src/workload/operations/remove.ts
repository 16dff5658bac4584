import type { Turn } from '../turn.js';

/** Removes a file, or a directory with or without all that is in it. */
export async function remove(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  const { client, territory } = actor;
  const path = draw.chance(0.6) ? turn.filePath() : turn.directoryPath() || 't';
  const recursive = draw.chance(0.5);
  await actor.mutate({ type: 'remove', path, recursive }, () =>
    client.remove(territory.absolute(path), { ...turn.options(), recursive }),
  );
}
