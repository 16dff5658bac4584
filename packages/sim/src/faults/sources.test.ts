import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedWorld } from '@tessera/env/simulated';
import { simulatedClientHost } from '../cluster/client-host.js';
import { DATA_DIRECTORY, METASERVER_HOST, SimulatedCluster } from '../cluster/cluster.js';
import type { Daemon } from '../cluster/daemon.js';
import { Draw } from '../draw.js';
import { planOfSeed } from '../plan.js';
import { Worker } from '../workload/worker.js';
import { CallCrashes } from './call-crashes.js';
import { FaultBudget } from './fault-budget.js';
import type { FaultSource, FaultStage } from './fault-source.js';
import { FullDisks } from './full-disks.js';
import { HungDisks } from './hung-disks.js';
import { lostDisks } from './lost-disks.js';
import { MisdirectedWrites } from './misdirected-writes.js';
import { Pauses } from './pauses.js';
import type { FaultPlan } from './plan.js';
import { ReadErrors } from './read-errors.js';
import { RestartLoops } from './restart-loops.js';
import { rolledBackDisks } from './rolled-back-disks.js';
import { rot } from './rot.js';
import { SlowDisks } from './slow-disks.js';
import { SlowLinks } from './slow-links.js';
import { viewRot } from './view-rot.js';

const HOSTS = Array.from({ length: 8 }, (_, index) => `host-${index + 1}`);
const HOST = 'host-3';
const OFTEN = { times: 1_000, gapMsMax: 20 };

/** A whole cluster that runs, with one source of faults and a client that puts files now and then. */
async function stage(seed: string, make: (stage: FaultStage, plan: FaultPlan, clients: Worker[]) => FaultSource) {
  const world = new SimulatedWorld({ seed });
  const { cluster: planned, faults } = planOfSeed(seed);
  const plan = { ...planned, chunkserverHosts: HOSTS };
  const cluster = new SimulatedCluster(world, { plan, restartMsMax: 50, logOf: undefined });
  const budget = new FaultBudget({ hosts: [HOST] });
  cluster.onGiveUp((daemon, thrown) => budget.verdictOn(daemon.host.name, thrown));
  const tallies: string[] = [];
  const draw = new Draw(world.random.fork('faults'));
  const client = new Worker(simulatedClientHost(world, cluster.metaserver, 'client'));
  const source = make(
    { world, cluster, budget, draw, begins: () => true, tally: (what) => tallies.push(what) },
    { ...faults, powerShare: 0.5 },
    [client],
  );
  world.faults = (call) => source.strike?.(call);
  cluster.start();
  const isWhole = () => cluster.lacking.length === 0;
  await world.run({ until: isWhole, untilMs: 60_000 });
  assert.ok(isWhole(), 'the cluster came up');
  const pass = (ms: number) => world.run({ untilMs: world.nowMs + ms });
  let puts = 0;
  const put = async (): Promise<void> => {
    await client.connect();
    const putting = client.client.putFile(`/file-${puts++}`, new Uint8Array(100_000), { deadlineMs: 5_000 });
    await Promise.race([putting, client.died]).catch(() => {});
  };
  /** Puts with rests, in one go: what a crash leaves behind is rejected while the world runs. */
  const work = (times: number, restMs = 0) =>
    world.drive(
      (async () => {
        for (let time = 0; time < times; time++) {
          await put();
          await client.rest(restMs);
        }
      })(),
    );
  const daemon = cluster.daemons.find(({ host }) => host.name === HOST) as Daemon;
  const healed = async () => {
    source.stop();
    world.faults = undefined;
    await world.run({ until: isWhole, untilMs: world.nowMs + 120_000 });
    assert.ok(isWhole(), `${cluster.lacking.map(({ name }) => name)} are not whole`);
    assert.equal(await Promise.race([cluster.failed.catch((violation) => violation.message), 'nothing']), 'nothing');
  };
  return { world, cluster, budget, tallies, source, daemon, pass, work, healed };
}

const kinds = (tallies: readonly string[]) => new Set(tallies);

test('rot meets every file of the host in the budget, and no other host', async () => {
  const { source, tallies, budget, work, pass, cluster } = await stage('rot', (one, plan) =>
    rot(one, { ...plan, rot: OFTEN }),
  );
  await work(4);
  const before = new Map(cluster.daemons.map(({ host }) => [host.name, host.disk.image().files]));
  source.start();
  await pass(20_000);
  source.stop();
  const places = ['log', 'index value', 'index key', 'witness', 'identity'].map((place) => `bit rot: ${place}`);
  assert.deepEqual([...kinds(tallies)].sort(), places.sort());
  assert.deepEqual([...budget.harmed], [HOST]);
  const log = `${DATA_DIRECTORY}/log/0000000001.log`;
  for (const { host } of cluster.daemons) {
    if (host.name === METASERVER_HOST) continue;
    const now = host.disk.content(log)?.subarray(0, 8_192);
    const isSame =
      now !== undefined && Buffer.compare(now, before.get(host.name)?.get(log)?.subarray(0, 8_192) ?? now) === 0;
    if (host.name !== HOST) assert.ok(isSame, `${host.name} is not in the budget`);
  }
});

test('writes land elsewhere, on the host in the budget alone', async () => {
  const { source, tallies, budget, work, healed } = await stage(
    'misdirect',
    (one, plan) => new MisdirectedWrites(one, { ...plan, misdirectedWrites: OFTEN }),
  );
  source.start();
  await work(10);
  await healed();
  assert.deepEqual([...kinds(tallies)].sort(), ['write at another place of its file', 'write into another file']);
  assert.deepEqual([...budget.harmed], [HOST]);
});

test('a read fails once and the daemons go on', async () => {
  const { source, tallies, work, healed } = await stage(
    'read errors',
    (one, plan) => new ReadErrors(one, { ...plan, readErrors: { times: 60, gapMsMax: 1_000 } }),
  );
  source.start();
  await work(60, 300);
  await healed();
  assert.ok(tallies.length > 0 && tallies.every((kind) => kind.startsWith('failed ')), `${tallies}`);
});

test('a full disk has its room again afterwards', async () => {
  const { source, tallies, work, healed, cluster } = await stage(
    'full',
    (one, plan) => new FullDisks(one, { ...plan, fullDisks: { times: 40, gapMsMax: 300 } }),
  );
  const capacities = () => cluster.daemons.map(({ host }) => host.disk.settings.capacityBytes);
  const before = capacities();
  source.start();
  await work(10);
  assert.notDeepEqual(capacities(), before);
  await healed();
  assert.deepEqual(capacities(), before);
  assert.ok(kinds(tallies).has('full disk of a chunkserver'));
});

test('a slow disk is as quick as before afterwards', async () => {
  const { source, tallies, work, healed, cluster } = await stage(
    'slow',
    (one, plan) => new SlowDisks(one, { ...plan, slowDisks: { times: 20, gapMsMax: 300 } }),
  );
  source.start();
  await work(8);
  assert.ok(cluster.daemons.some(({ host }) => host.disk.settings.slowFactor > 1));
  await healed();
  assert.ok(cluster.daemons.every(({ host }) => host.disk.settings.slowFactor === 1));
  assert.ok(tallies.length > 0);
});

test('a hung disk settles nothing until it goes on or its daemon is restarted', async () => {
  const { source, tallies, work, healed } = await stage(
    'hung',
    (one, plan) => new HungDisks(one, { ...plan, hungDisks: { times: 20, gapMsMax: 3_000 } }),
  );
  source.start();
  await work(20, 500);
  await healed();
  const expected = ['disk that hangs for a while', 'disk that hangs until a restart'];
  assert.deepEqual([...kinds(tallies)].sort(), expected);
});

test('a disk that hangs until a restart gets one, though it is to hang again meanwhile', async () => {
  const { source, cluster, tallies, pass } = await stage(
    'hung twice',
    (one, plan) => new HungDisks(one, { ...plan, hungDisks: { times: 60, gapMsMax: 1_000 } }),
  );
  const before = cluster.crashes;
  source.start();
  await pass(150_000);
  const forEver = tallies.filter((what) => what === 'disk that hangs until a restart');
  assert.equal(cluster.crashes - before, forEver.length);
  assert.ok(forEver.length > 1);
});

test('slow links are as quick as others afterwards', async () => {
  const { source, tallies, world, pass, healed } = await stage(
    'links',
    (one, plan, clients) => new SlowLinks(one, { ...plan, slowLinks: OFTEN }, clients),
  );
  source.start();
  await pass(5_000);
  const ways = () => world.fabric.transferMs('client', METASERVER_HOST, 1_000_000);
  assert.ok(ways() > 1, 'with so many of them each way is slow');
  await healed();
  assert.equal(ways(), 1);
  assert.ok(tallies.length > 0);
});

test('what stood still for an hour goes on', async () => {
  const { source, tallies, daemon, pass, healed, work } = await stage(
    'pauses',
    (one, plan, clients) =>
      new Pauses(one, { ...plan, pauses: { times: 30, gapMsMax: 1_000 }, pauseMsMax: 3_600_000 }, clients),
  );
  await work(1);
  source.start();
  await pass(40_000);
  assert.equal(tallies.length, 30);
  assert.ok(!daemon.isLost);
  await healed();
  await work(1);
  assert.ok(
    kinds(tallies).has('pause of a client, up to 3600 s') && kinds(tallies).has('pause of a chunkserver, up to 3600 s'),
  );
});

test('a daemon dies at several starts in a row, then at none', async () => {
  const { source, cluster, pass, healed } = await stage(
    'loop',
    (one, plan) => new RestartLoops(one, { ...plan, restartLoops: { times: 1, gapMsMax: 10 } }),
  );
  const before = cluster.crashes;
  source.start();
  await pass(200_000);
  assert.ok(cluster.crashes - before > 4, `${cluster.crashes - before} crashes`);
  await healed();
});

test('a lost host stays away, a lost disk begins anew', async () => {
  const seen = new Set<string>();
  for (let seed = 0; seen.size < 2; seed++) {
    assert.ok(seed < 20, 'both kinds come up');
    const { source, budget, daemon, pass, work, tallies, healed } = await stage(`lost ${seed}`, (one, plan) =>
      lostDisks(one, { ...plan, lostDisks: { times: 1, gapMsMax: 10 } }),
    );
    await work(2);
    const identity = () => Buffer.from(daemon.host.disk.content(`${DATA_DIRECTORY}/identity`) ?? []).toString('hex');
    const before = identity();
    source.start();
    await pass(5_000);
    assert.deepEqual([...budget.harmed], [HOST]);
    const isHost = tallies[0] === 'host lost for good';
    assert.equal(daemon.isLost, isHost);
    if (!isHost) assert.notEqual(identity(), before);
    await healed();
    seen.add(tallies[0] as string);
  }
});

test('a disk goes back to what it was', async () => {
  const { source, budget, daemon, pass, work, tallies, healed } = await stage('rollback', (one, plan) =>
    rolledBackDisks(one, { ...plan, rolledBackDisks: { times: 2, gapMsMax: 2_000 } }),
  );
  await work(1);
  source.start();
  await pass(4_000);
  assert.deepEqual(tallies, ['disk rolled back']);
  assert.deepEqual([...budget.harmed], [HOST]);
  await healed();
  assert.ok(daemon.isReady);
});

test('the metaserver builds anew what has rotted and is not its journal', async () => {
  const { source, tallies, work, healed } = await stage('view', (one, plan) =>
    viewRot(one, { ...plan, viewRot: { times: 30, gapMsMax: 500 } }),
  );
  source.start();
  await work(20, 500);
  await healed();
  assert.ok(kinds(tallies).has('bit rot: view value') && kinds(tallies).has('bit rot: view mark'), `${tallies}`);
});

test('crashes come at every kind of call that is made, however rare', async () => {
  const world = new SimulatedWorld({ seed: 'calls' });
  const tallies: string[] = [];
  const bare: FaultStage = {
    world,
    cluster: { find: () => undefined } as unknown as SimulatedCluster,
    budget: new FaultBudget({ hosts: [] }),
    draw: new Draw(world.random.fork('faults')),
    begins: () => true,
    tally: (what) => tallies.push(what),
  };
  const source = new CallCrashes(bare, { ...planOfSeed('calls').faults, callCrashes: OFTEN });
  const made = [
    'disk.write',
    'disk.list',
    'kv.open',
    'kv.scan',
    'kv.apply',
    'network.serve',
    'network.call',
    'made.up',
  ];
  source.start();
  for (let round = 0; round < 500; round++) {
    await world.run({ untilMs: world.nowMs + 20 });
    for (const process of ['metaserver', 'chunkserver on host-1']) {
      for (const kind of made) source.strike({ process, kind, incarnation: 1, subject: '', sequence: 0 });
    }
  }
  for (const process of ['metaserver', 'chunkserver']) {
    const met = new Set(tallies.filter((what) => what.includes(process)).map((what) => what.split(' ').at(-1)));
    const missed = made.filter((kind) => !met.has(kind));
    assert.deepEqual(missed, [], process);
  }
});
