import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, randomBelow } from '@tessera/env';
import type { DaemonCluster } from './daemon-cluster.js';

/** A victim is gone so long, … */
const AWAY_MS_MAX = 500;
/** … and the next one dies so long after it is back. */
const REST_MS_MIN = 500;
const REST_MS_MAX = 2_500;

/**
 * Does the work while one daemon after the other dies of SIGKILL and is started again: the metaserver every other time,
 * else one of the chunkservers. Returns how many died.
 */
export async function whileDaemonsDie(
  cluster: DaemonCluster,
  chunkservers: readonly string[],
  random: Random,
  work: () => Promise<void>,
): Promise<number> {
  let isOver = false;
  let deaths = 0;
  const killing = (async () => {
    while (!isOver) {
      const host = chunkservers[randomBelow(random, chunkservers.length)] as string;
      const victim = deaths % 2 === 0 ? 'metaserver' : host;
      await cluster.kill(victim);
      deaths++;
      await sleep(randomBelow(random, AWAY_MS_MAX));
      await cluster.restart(victim);
      await sleep(REST_MS_MIN + randomBelow(random, REST_MS_MAX - REST_MS_MIN));
    }
  })();
  try {
    // What ends the killing early is a daemon that does not start again.
    await Promise.race([work(), killing]);
  } finally {
    isOver = true;
    await killing;
  }
  return deaths;
}
