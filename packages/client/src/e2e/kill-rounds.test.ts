import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBelow } from '@tessera/env';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { DaemonCluster } from './daemon-cluster.js';
import { FileLedger } from './file-ledger.js';
import { killSettings } from './kill-settings.js';
import { Writers } from './writers.js';

const HOSTS = Array.from({ length: 8 }, (_, index) => `host-${index + 1}`);
const DIRECTORIES = { '/kills/rs': 'rs-4-2', '/kills/copies': 'copies-3' };
const WRITERS = 16;
/** Writers of one client fill stripes together. */
const CLIENTS = 4;
const GIVING_UP = 4;
/** A kill comes so long after so many acknowledgements, at most, … */
const BEFORE_KILL_MAX = 60;
const BEFORE_KILL_MS_MAX = 20;
/** … those who die are gone this long, … */
const AWAY_MS_MAX = 300;
/** … and in some rounds they die again so long after they were started. */
const STARTING_MS_MAX = 800;
const AFTER_KILL = 24;

const { metaserverRounds, everythingRounds, seed } = killSettings(process.env);
const random = new SeededRandom(Math.imul(seed, 2654435761));
const ledger = new FileLedger(Object.keys(DIRECTORIES), random);

let cluster: DaemonCluster;
let clients: Client[] = [];

before(async () => {
  console.log(`TESSERA_KILL_SEED=${seed}`);
  cluster = await DaemonCluster.start(HOSTS.length);
  clients = await Promise.all(Array.from({ length: CLIENTS }, () => connect({ metaserver: cluster.metaserver })));
  for (const [directory, redundancy] of Object.entries(DIRECTORIES)) {
    await clients[0]?.mkdir(directory, { parents: true, layout: { redundancy, segmentBytes: 64 * 1024 } });
  }
});

after(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await cluster?.stop();
});

/** Kills some daemons under writers, starts them again, lets the writers go on, and looks at all files of all rounds. */
async function round(name: string, victims: readonly string[]): Promise<Writers> {
  const writers = new Writers(ledger, clients, WRITERS);
  try {
    const fate = await killUnder(writers, victims);
    await writers.progress(AFTER_KILL);
    await writers.stop();
    const verifier = await connect({ metaserver: cluster.metaserver });
    const { owed, absent } = await ledger.verify(verifier);
    await verifier.close();
    console.log(
      `${name}: ${fate}, ${writers.acknowledged} in the end, failed: ${writers.outcomes()}; ` +
        `all rounds: ${owed} files whole, ${absent} absent`,
    );
    return writers;
  } catch (error) {
    console.log(`${name} failed\n${cluster.logTails()}`);
    throw error;
  } finally {
    writers.giveUp(WRITERS);
    await writers.stop().catch(() => {});
  }
}

/** Returns how it went, for people. */
async function killUnder(writers: Writers, victims: readonly string[]): Promise<string> {
  const draw = (bound: number) => randomBelow(random, bound);
  await writers.progress(1 + draw(BEFORE_KILL_MAX));
  await sleep(draw(BEFORE_KILL_MS_MAX));
  await cluster.kill(...victims);
  const fate = `killed at ${writers.acknowledged} acknowledged puts`;
  await sleep(draw(AWAY_MS_MAX));
  if (draw(2) === 0) writers.giveUp(GIVING_UP);
  const diesAgain = draw(3) === 0;
  if (diesAgain) {
    const starting = cluster.restart(...victims).catch(() => {});
    await sleep(draw(STARTING_MS_MAX));
    await cluster.kill(...victims);
    await starting;
  }
  await cluster.restart(...victims);
  return `${fate}${diesAgain ? ', again while starting' : ''}`;
}

test('the metaserver dies under sixteen writers: what was acknowledged is whole, the rest absent or whole', async () => {
  for (let index = 1; index <= metaserverRounds; index++) {
    const { failures } = await round(`metaserver ${index}/${metaserverRounds}`, ['metaserver']);
    // Whoever is patient hears the answer from the next incarnation.
    assert.deepEqual(
      [...failures.keys()].filter((code) => code !== 'CANCELLED'),
      [],
    );
    assert.ok((failures.get('CANCELLED') ?? 0) <= GIVING_UP);
  }
});

test('everything dies at once under sixteen writers: what was acknowledged is whole, the rest absent or whole', async () => {
  const excused = ['CANCELLED', 'UNAVAILABLE', 'NOT_ENOUGH_SERVERS', 'DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN'];
  for (let index = 1; index <= everythingRounds; index++) {
    const { failures } = await round(`everything ${index}/${everythingRounds}`, ['metaserver', ...HOSTS]);
    assert.deepEqual(
      [...failures.keys()].filter((code) => !excused.includes(code)),
      [],
    );
  }
  const [client] = clients as [Client];
  const { owed } = await ledger.verify(client);
  assert.equal((await client.clusterStatus()).files, owed);
});
