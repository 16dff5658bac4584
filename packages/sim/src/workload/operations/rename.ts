import type { Turn } from '../turn.js';

/** Moves a file or a directory, at times over another. */
export async function rename(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  const { client, territory } = actor;
  const from = draw.chance(0.7) ? turn.filePath() : turn.directoryPath() || 's';
  const to = turn.path();
  const replace = draw.chance(0.5);
  await actor.mutate({ type: 'rename', from, to, replace }, () =>
    client.rename(territory.absolute(from), territory.absolute(to), { ...turn.options(), replace }),
  );
}
