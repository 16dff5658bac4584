import type { Turn } from '../turn.js';

export async function mkdir(turn: Turn): Promise<void> {
  const { client, territory } = turn.actor;
  const path = turn.draw.chance(0.7) ? turn.directoryPath() || 's' : turn.path();
  await turn.actor.mutate({ type: 'mkdir', path }, () => client.mkdir(territory.absolute(path), turn.options()));
}
