import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { SeededRandom } from '../testing/seeded-random.js';
import { DaemonCluster } from './daemon-cluster.js';
import { whileDaemonsDie } from './daemon-deaths.js';
import { FILE_OPERATIONS, FileWorld } from './file-world.js';

/** How many operations are tried; 100,000 by `npm run file-model`. */
const OPERATIONS = Number(process.env.TESSERA_FILE_OPERATIONS ?? 600);
/** As many by the same command. */
const OPERATIONS_UNDER_DEATHS = Number(process.env.TESSERA_FILE_OPERATIONS_UNDER_DEATHS ?? 300);
const DEATHS_SEED = 3;
const OPERATIONS_PER_RUN = 60;
const WORLDS_AT_ONCE = 8;
const KIB = 1024;

let cluster: DaemonCluster;
let clients: Client[] = [];
let worlds = 0;

before(async () => {
  cluster = await DaemonCluster.start(4);
  clients = await Promise.all(
    [1, 2, 3].map((name) => connect({ metaserver: cluster.metaserver, name: `model ${name}` })),
  );
  const layout = { redundancy: 'rs-2-1', segmentBytes: 64 * KIB };
  await clients[0]?.mkdir('/rs', { layout });
  await clients[0]?.mkdir('/copies', { layout: { ...layout, redundancy: 'copies-2', inlineBytes: 1000 } });
});

after(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await cluster?.stop();
});

/** Within the inode, around the borders of blocks and segments, and far behind. */
const offset = fc.oneof(
  fc.nat(5_000),
  fc.nat(300 * KIB),
  fc.constantFrom(0, 0, 999, 1_000, 4_096, 64 * KIB - 1, 64 * KIB, 128 * KIB),
);
const length = fc.oneof(fc.nat(50), fc.nat(5_000), fc.nat(100 * KIB), fc.constantFrom(1, 64 * KIB, 200 * KIB));
const operation = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('write', 'read', 'open') },
    { weight: 4, arbitrary: fc.constantFrom(...FILE_OPERATIONS) },
  ),
  client: fc.nat(2),
  name: fc.nat(3),
  other: fc.nat(20),
  offset,
  length,
}) as fc.Arbitrary<Parameters<FileWorld['run']>[0]>;

/** Has random operations executed, in worlds of their own, and compares every answer with a model. */
async function tryOperations(count: number): Promise<void> {
  const operations = fc.array(operation, { minLength: 10, maxLength: OPERATIONS_PER_RUN, size: 'max' });
  let done = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(operations, { minLength: WORLDS_AT_ONCE, maxLength: WORLDS_AT_ONCE }), async (lists) => {
      await Promise.all(
        lists.map(async (list, index) => {
          const directory = `${index % 2 === 0 ? '/rs' : '/copies'}/${++worlds}`;
          await clients[0]?.mkdir(directory);
          const world = new FileWorld(clients, directory);
          for (const each of list) await world.run(each);
          await world.finish();
          done += list.length;
        }),
      );
    }),
    { numRuns: Math.ceil(count / (OPERATIONS_PER_RUN * WORLDS_AT_ONCE * 0.6)), endOnFailure: true },
  );
  console.log(`${done} operations`);
}

test('files of several clients, under random operations, are what a model says', () => tryOperations(OPERATIONS));

test('also while daemons are killed and started again: nobody notices', async () => {
  const random = new SeededRandom(DEATHS_SEED);
  const work = () => tryOperations(OPERATIONS_UNDER_DEATHS);
  const deaths = await whileDaemonsDie(cluster, ['host-1', 'host-2', 'host-3', 'host-4'], random, work);
  console.log(`${deaths} daemons died`);
});
