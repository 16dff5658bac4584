import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePath, toBigInt, toLong, type v1 } from '@tessera/protocol';
import { SimulatedCluster } from '../testing/simulated-cluster.js';
import { WITNESS_GRACE_MS } from './opening.js';

const SERVERS = [1, 2, 3, 4, 5];
const WAITING = {
  code: 'UNAVAILABLE',
  message: /not stopped in order and asks its chunkservers.*Try again in a moment/,
};

/** A cluster of five chunkservers with some files, all of which the chunkservers have heard of. */
class Crashed {
  readonly cluster = new SimulatedCluster();
  readonly witnesses = new Map<number, v1.JournalWitness.$Properties>();

  static async create(): Promise<Crashed> {
    const world = new Crashed();
    const { cluster } = world;
    await cluster.start();
    for (const server of SERVERS) await cluster.register(server);
    await cluster.openSession();
    await world.beat();
    await cluster.mutate({ mkdir: { node: { path: encodePath('/heard') } } });
    return world;
  }

  /** Heartbeats in which these chunkservers hear how far the journal has got. */
  async beat(servers: readonly number[] = SERVERS): Promise<void> {
    for (const server of servers) {
      const { witness } = await this.cluster.heartbeat(server);
      this.witnesses.set(server, witness ?? {});
    }
  }

  /** What a chunkserver says after the crash; answered when time passes. */
  say(server: number): Promise<unknown> {
    const witness = this.witnesses.get(server) ?? {};
    const said = this.cluster.sendHeartbeat(server, server, { witness });
    said.catch(() => {});
    return said;
  }

  journal(): [path: string, bytes: string][] {
    const { storedFiles } = this.cluster;
    const paths = storedFiles.paths().filter((path) => path.includes('/journal/'));
    return paths.map((path) => [path, Buffer.from(storedFiles.content(path) ?? []).toString('base64')]);
  }

  /** Flips a bit in the last group of the journal, and back. */
  flipLastGroup(): void {
    const { storedFiles } = this.cluster;
    const [path, bytes] = this.journal().at(-1) ?? assert.fail('there is no journal');
    const lastByte = Buffer.from(bytes, 'base64').findLastIndex((byte) => byte !== 0);
    storedFiles.flipBit(path, lastByte, 3);
  }
}

async function stat(cluster: SimulatedCluster, path: string) {
  return cluster.read({ stat: { node: { path: encodePath(path) } } });
}

test('after a stop in order nobody is asked', async () => {
  const { cluster } = await Crashed.create();
  await cluster.stop();
  const startedMs = cluster.world.nowMs;
  await cluster.start();
  assert.ok(cluster.world.nowMs - startedMs < WITNESS_GRACE_MS / 10);
  assert.equal((await stat(cluster, '/heard')).error, null);
});

test('after a crash without chunkservers nobody is asked', async () => {
  const cluster = new SimulatedCluster();
  await cluster.start();
  cluster.crash();
  const startedMs = cluster.world.nowMs;
  await cluster.start();
  assert.ok(cluster.world.nowMs - startedMs < WITNESS_GRACE_MS / 10);
  const { alarms } = await cluster.status();
  assert.equal(alarms.length, 1);
  assert.match(alarms[0] ?? '', /no chunkserver has registered/);
});

test('after a crash clients wait until a majority has confirmed the journal; nothing is written meanwhile', async () => {
  const crashed = await Crashed.create();
  const { cluster } = crashed;
  await crashed.beat();
  cluster.crash();
  const before = crashed.journal();
  const opened: string[] = [];
  const starting = cluster.launch({ onAsking: async (address) => void opened.push(address) });
  await cluster.pass(100);
  assert.deepEqual(opened, ['metaserver:7070']);
  const first = [crashed.say(1), crashed.say(2), crashed.say(2)];
  await cluster.pass(100);
  await assert.rejects(stat(cluster, '/heard'), WAITING);
  await assert.rejects(cluster.mutate({ mkdir: { node: { path: encodePath('/new') } } }), WAITING);
  await assert.rejects(cluster.openSession(), WAITING);
  await assert.rejects(cluster.map(), WAITING);
  await assert.rejects(cluster.status(), {
    message: /2 of 5 chunkservers have confirmed.*; 3 are needed.*8 s at most/,
  });
  assert.deepEqual(crashed.journal(), before);
  const third = crashed.say(3);
  await cluster.world.drive(starting);
  await cluster.world.drive(Promise.all([...first, third]));
  assert.equal((await stat(cluster, '/heard')).error, null);
  const { alarms } = await cluster.status();
  assert.deepEqual(
    alarms.filter((alarm) => /in order/.test(alarm)),
    [],
  );
  assert.deepEqual(cluster.fatal, []);
});

test('when too few come within the grace it serves and says whom it misses, until they come', async () => {
  const crashed = await Crashed.create();
  const { cluster } = crashed;
  await crashed.beat();
  cluster.crash();
  const startedMs = cluster.world.nowMs;
  const starting = cluster.launch();
  await cluster.pass(100);
  void crashed.say(2);
  void crashed.say(4);
  await cluster.world.drive(starting);
  const waitedMs = cluster.world.nowMs - startedMs;
  assert.ok(waitedMs >= WITNESS_GRACE_MS && waitedMs < WITNESS_GRACE_MS + 1_000, `${waitedMs}`);
  assert.equal((await stat(cluster, '/heard')).error, null);
  const missing = async () => (await cluster.status()).alarms.filter((alarm) => /in order/.test(alarm));
  const [alarm, ...others] = await missing();
  assert.deepEqual(others, []);
  assert.match(alarm ?? '', /only 2 of 5 chunkservers have confirmed that the journal ends at lsn \d+; 3 are needed/);
  assert.match(alarm ?? '', /Start chunkserver 1 \(chunk-1:7100\), chunkserver 3 .*, chunkserver 5 \(chunk-5:7100\)$/);
  await cluster.world.drive(crashed.say(2));
  assert.equal((await missing()).length, 1);
  await cluster.world.drive(crashed.say(5));
  assert.deepEqual(await missing(), []);
});

test('nobody came: it serves after the configured grace', async () => {
  const { cluster } = await Crashed.create();
  cluster.crash();
  const startedMs = cluster.world.nowMs;
  await cluster.start({ witnessGraceMs: 1_500 });
  assert.ok(cluster.world.nowMs - startedMs < 2_500);
  assert.match((await cluster.status()).alarms.join(), /only 0 of 5 chunkservers/);
});

test('a last group that one chunkserver alone knows of refuses the start, which leaves all as it was', async () => {
  const crashed = await Crashed.create();
  const { cluster } = crashed;
  await crashed.beat([1, 2, 3, 4]);
  await cluster.mutate({ mkdir: { node: { path: encodePath('/lost') } } });
  await crashed.beat([5]);
  cluster.crash();
  crashed.flipLastGroup();
  const before = crashed.journal();
  const starting = cluster.launch();
  starting.catch(() => {});
  await cluster.pass(100);
  for (const server of [1, 2, 3, 4]) void crashed.say(server);
  await cluster.pass(1_000);
  await assert.rejects(stat(cluster, '/lost'), WAITING);
  await assert.rejects(cluster.mutate({ mkdir: { node: { path: encodePath('/new') } } }), WAITING);
  await assert.rejects(cluster.status(), { message: /4 of 5 chunkservers have confirmed.*; 5 are needed/ });
  await assert.rejects(cluster.world.drive(crashed.say(5)), { code: 'DATA_LOSS' });
  await assert.rejects(cluster.world.drive(starting), {
    code: 'DATA_LOSS',
    message:
      /seen the journal durable at lsn \d+, era 1, but this one ends at .*: acknowledged transactions are missing/,
  });
  assert.deepEqual(crashed.journal(), before);
  // As the message says: the journal as it was. Whoever was heard meanwhile was told nothing that contradicts it.
  cluster.crash();
  crashed.flipLastGroup();
  const healed = cluster.launch();
  await cluster.pass(100);
  const said = SERVERS.map((server) => crashed.say(server));
  await cluster.world.drive(healed);
  await cluster.world.drive(Promise.all(said));
  assert.equal((await stat(cluster, '/lost')).error, null);
  assert.deepEqual(cluster.fatal, []);
});

test('a dropped group of which no chunkserver knows is no reason to stop', async () => {
  const crashed = await Crashed.create();
  const { cluster } = crashed;
  await crashed.beat();
  await cluster.mutate({ mkdir: { node: { path: encodePath('/unheard') } } });
  cluster.crash();
  crashed.flipLastGroup();
  const starting = cluster.launch();
  await cluster.pass(100);
  for (const server of SERVERS) void crashed.say(server);
  await cluster.world.drive(starting);
  const { alarms } = await cluster.status();
  assert.match(alarms.join(), /last group is torn or damaged and was dropped/);
  assert.ok(!alarms.some((alarm) => /stopped in order/.test(alarm)));
});

test('a later era that a chunkserver knows of refuses the start', async () => {
  const crashed = await Crashed.create();
  const { cluster } = crashed;
  cluster.crash();
  const starting = cluster.launch();
  starting.catch(() => {});
  await cluster.pass(100);
  const context = cluster.context();
  const register = cluster.register(1, { context, eraSeen: 2 });
  await assert.rejects(register, { code: 'DEPOSED', message: /has seen era 2, this journal ends with era 1/ });
  await assert.rejects(cluster.world.drive(starting), { code: 'DEPOSED' });
});

test('strangers and nonsense do not count, and nobody unknown is answered before the end of the journal is sure', async () => {
  const crashed = await Crashed.create();
  const { cluster } = crashed;
  await crashed.beat();
  cluster.crash();
  const starting = cluster.launch();
  await cluster.pass(100);
  const newest = crashed.witnesses.get(1) ?? {};
  const ahead = { ...newest, lsn: toLong(toBigInt(newest.lsn) + 10n) };
  let answered = 0;
  const count = (call: Promise<unknown>) => void call.catch(() => {}).then(() => answered++);
  count(cluster.sendHeartbeat(1, 2, { witness: ahead }));
  count(cluster.sendHeartbeat(9, 9, { witness: ahead }));
  count(cluster.sendRegister(9, { witness: ahead, eraSeen: 77 }));
  count(cluster.sendRegister(8, { context: cluster.context(), witness: ahead }));
  await cluster.pass(1_000);
  assert.equal(answered, 0);
  await assert.rejects(cluster.heartbeat(1, 1, { witness: { ...newest, chain: new Uint8Array(3) } }), {
    code: 'INVALID_ARGUMENT',
  });
  const foreign = cluster.context({ clusterId: new Uint8Array(16).fill(9) });
  await assert.rejects(cluster.heartbeat(1, 1, { context: foreign }), { code: 'WRONG_CLUSTER' });
  await assert.rejects(cluster.status(), { message: /0 of 5 chunkservers/ });
  for (const server of [1, 2, 3]) void crashed.say(server);
  await cluster.world.drive(starting);
  await cluster.pass(1_000);
  assert.equal(answered, 4);
  assert.equal((await cluster.map()).servers.length, 6, 'the fresh disk has joined');
  assert.deepEqual(cluster.fatal, []);
});

test('a metaserver that dies while it asks starts again as if it had not', async () => {
  const crashed = await Crashed.create();
  const { cluster } = crashed;
  await crashed.beat();
  cluster.crash();
  const before = crashed.journal();
  for (let round = 0; round < 3; round++) {
    void cluster.launch();
    await cluster.pass(100 + round * 500);
    void crashed.say(1);
    await cluster.pass(10);
    cluster.crash();
    assert.deepEqual(crashed.journal(), before);
  }
  const starting = cluster.launch();
  await cluster.pass(100);
  for (const server of [3, 4, 5]) void crashed.say(server);
  await cluster.world.drive(starting);
  assert.equal((await stat(cluster, '/heard')).error, null);
});
