import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';
import { FILE_OPERATIONS, FileWorld } from './file-world.js';

/** How many operations are tried; a whole night's worth by `TESSERA_FILE_OPERATIONS=100000 npm run file-model`. */
const OPERATIONS = Number(process.env.TESSERA_FILE_OPERATIONS ?? 600);
const OPERATIONS_PER_RUN = 60;
const WORLDS_AT_ONCE = 4;
const KIB = 1024;

let cluster: DaemonCluster;
let clients: Client[] = [];

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

test('files of several clients, under random operations, are what a model says', async () => {
  let worlds = 0;
  const operations = fc.array(operation, { minLength: 10, maxLength: OPERATIONS_PER_RUN, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.array(operations, { minLength: WORLDS_AT_ONCE, maxLength: WORLDS_AT_ONCE }), async (lists) => {
      await Promise.all(
        lists.map(async (list, index) => {
          const directory = `${index % 2 === 0 ? '/rs' : '/copies'}/${++worlds}`;
          await clients[0]?.mkdir(directory);
          const world = new FileWorld(clients, directory);
          for (const each of list) await world.run(each);
          await world.finish();
        }),
      );
    }),
    { numRuns: Math.ceil(OPERATIONS / (OPERATIONS_PER_RUN * WORLDS_AT_ONCE * 0.6)), endOnFailure: true },
  );
});
