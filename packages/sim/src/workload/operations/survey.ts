import { OracleViolation } from '../../oracle/violation.js';
import { meaningOf } from '../answers.js';
import type { Turn } from '../turn.js';

/** Looks at the cluster as a whole: what an admin sees must fit together. */
export async function survey(turn: Turn): Promise<void> {
  const { actor } = turn;
  const { client, books } = actor;
  const { facts } = books;
  const options = turn.options();
  try {
    const known = facts.newest;
    const [status, space, servers, map] = await Promise.race([
      Promise.all([
        client.clusterStatus(options),
        client.statfs(options),
        client.servers(options),
        client.clusterMap(options),
      ]),
      actor.died,
    ]);
    facts.checkStatus(status, known);
    facts.checkSpace(space);
    facts.checkServers(servers);
    facts.checkMap(map);
    facts.checkCounters(client, client.counters());
    books.count('survey: done');
  } catch (thrown) {
    const error = books.failure(thrown);
    const meaning = meaningOf(error.code);
    books.count(`survey: ${error.code}`);
    if (meaning === 'unanswered' || meaning === 'not done') return;
    throw new OracleViolation(`a look at the cluster failed: ${error.code}: ${error.message}`, { cause: error });
  }
}
