import { DIRECTORY_NAMES, type Turn } from '../turn.js';

export async function mkdir(turn: Turn): Promise<void> {
  const { client, territory } = turn.actor;
  const path = turn.draw.chance(0.5) ? turn.draw.of(DIRECTORY_NAMES) : turn.path();
  await turn.actor.mutate({ type: 'mkdir', path }, () => client.mkdir(territory.absolute(path), turn.options()));
}
