import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Listener } from '@tessera/env';
import { CLUSTER_ID_BYTES, ERA_MAX, PROTOCOL_VERSION, TesseraError, toSafeNumber, v1 } from '@tessera/protocol';
import { bytesOf } from '../testing/peer.js';
import { makePut } from '../testing/shards.js';
import { CLUSTER_ID, SimulatedChunkserver } from '../testing/simulated-chunkserver.js';

describe('registration', () => {
  it('says who the disk is, then reports with every heartbeat', async () => {
    const machine = new SimulatedChunkserver({ seed: 1 });
    const running = await machine.start({ labels: [{ key: 'host', value: 'h1' }], capacityBytes: 64 * 1024 ** 2 });
    const { registrations, heartbeats } = machine.metaserver;
    const first = registrations[0] as v1.RegisterRequest;
    assert.equal(first.context?.protocolVersion, PROTOCOL_VERSION);
    assert.equal(first.context?.clusterId?.length, 0, 'a fresh disk asks to join');
    assert.equal(first.address, running.address);
    assert.deepEqual(
      first.labels.map(({ key, value }) => [key, value]),
      [['host', 'h1']],
    );
    assert.equal(first.receiptKey.length, 32);
    assert.equal(first.witness, null);
    const peer = await machine.peer();
    const put = makePut({ payload: new Uint8Array(100_000).fill(1) });
    await machine.drive(peer.write(put));
    const before = heartbeats.length;
    await machine.until(() => heartbeats.length >= before + 2);
    const last = heartbeats.at(-1) as v1.HeartbeatRequest;
    assert.deepEqual(Buffer.from(last.context?.clusterId ?? []), Buffer.from(CLUSTER_ID));
    assert.equal(last.server, 7);
    assert.equal(last.address, running.address, 'so that a late registration cannot put another one in its place');
    assert.deepEqual(Buffer.from(last.diskId), Buffer.from(first.diskId));
    assert.deepEqual([last.witness?.era, toSafeNumber(last.witness?.lsn)], [1, 1]);
    const { report } = last;
    assert.equal(toSafeNumber(report?.shards), 1);
    assert.equal(toSafeNumber(report?.capacityBytes), 64 * 1024 ** 2);
    assert.ok(toSafeNumber(report?.usedBytes) > 100_000);
    assert.ok(toSafeNumber(report?.freeBytes) < 61 * 1024 ** 2);
    assert.equal(report?.diskState, v1.DiskState.DISK_STATE_HEALTHY);
    assert.equal(registrations.length, 1);
  });

  it('keeps the newest witness it was told, also over power loss', async () => {
    const machine = new SimulatedChunkserver({ seed: 2 });
    await machine.start();
    machine.metaserver.witness = { era: 1, lsn: 5000 };
    const { heartbeats } = machine.metaserver;
    await machine.until(() => toSafeNumber(heartbeats.at(-1)?.witness?.lsn) === 5000);
    machine.metaserver.witness = { era: 1, lsn: 4000 };
    const before = heartbeats.length;
    await machine.until(() => heartbeats.length > before + 3);
    machine.process.crash('power');
    machine.restart();
    await machine.startAlone();
    await machine.until(() => machine.metaserver.registrations.length === 2);
    const again = machine.metaserver.registrations[1] as v1.RegisterRequest;
    assert.deepEqual([again.witness?.era, toSafeNumber(again.witness?.lsn)], [1, 5000]);
    assert.equal(again.eraSeen, 1);
    assert.equal(again.context?.clusterId?.length, CLUSTER_ID_BYTES);
  });

  it('waits for a metaserver for as long as it takes; a fresh disk serves nobody meanwhile and says so', async () => {
    const machine = new SimulatedChunkserver({ seed: 3 });
    const running = await machine.startAlone();
    await machine.pass(120_000);
    const health = running.health();
    assert.deepEqual([health.isServing, health.status], [false, 'joining']);
    assert.match(health.reason ?? '', /no word from the metaserver/);
    const early = await machine.connect();
    await assert.rejects(machine.drive(early.hello(CLUSTER_ID)), {
      code: 'UNAVAILABLE',
      message: /not joined a cluster/,
    });
    const meta = machine.world.host('meta').start('metaserver');
    await machine.drive(machine.metaserver.serve(meta.network, 'meta:7070'));
    await machine.until(() => running.health().fields.registered === true);
    assert.deepEqual([running.health().status, running.health().reason], ['serving', undefined]);
    await machine.peer();
  });

  it('serves without the metaserver once it knows its cluster', async () => {
    const machine = new SimulatedChunkserver({ seed: 4 });
    await machine.start();
    const peer = await machine.peer();
    const put = makePut({ payload: new Uint8Array(1000).fill(1) });
    const { receipt } = await machine.drive(peer.write(put));
    machine.world.host('meta').crash();
    machine.process.crash('kill');
    machine.restart();
    const running = await machine.startAlone();
    const again = await machine.peer();
    assert.deepEqual(bytesOf((await machine.drive(again.read(put)))[0]), put.payload);
    assert.deepEqual((await machine.drive(again.write(put))).receipt, receipt);
    assert.equal(running.health().fields.registered, false);
  });

  it('comes back to a metaserver that was restarted, and registers anew when it is not known', async () => {
    const machine = new SimulatedChunkserver({ seed: 5 });
    const { metaserver } = machine;
    const running = await machine.start();
    for (const failure of [
      new TesseraError('UNAVAILABLE', 'away'),
      new TesseraError('NOT_FOUND', 'register again'),
      new TesseraError('INTERNAL', 'who knows'),
    ]) {
      metaserver.failure = failure;
      await machine.pass(20_000);
      assert.equal(running.health().fields.registered, false);
      const before = metaserver.registrations.length;
      metaserver.failure = undefined;
      await machine.until(() => running.health().fields.registered === true, 6_000);
      assert.equal(metaserver.registrations.length, before + 1);
    }
    assert.deepEqual(machine.fatal, []);
  });

  it('does not listen to a metaserver of an older era, and tries on', async () => {
    const machine = new SimulatedChunkserver({ seed: 6 });
    machine.metaserver.witness = { era: 5, lsn: 10 };
    const running = await machine.start();
    machine.metaserver.witness = { era: 4, lsn: 9999 };
    await machine.until(() => running.health().fields.registered === false);
    assert.match(running.health().reason ?? '', /is of era 4; this disk has seen era 5/);
    assert.equal(running.health().fields.eraSeen, 5);
    machine.metaserver.witness = { era: 6, lsn: 1 };
    await machine.until(() => running.health().fields.registered === true);
    assert.equal(running.health().fields.eraSeen, 6);
  });

  it('does not believe a metaserver of an era that cannot be', async () => {
    const machine = new SimulatedChunkserver({ seed: 12 });
    const running = await machine.start();
    machine.metaserver.witness = { era: ERA_MAX + 1, lsn: 1 };
    await machine.until(() => running.health().fields.registered === false);
    assert.match(running.health().reason ?? '', /says it is of era 16777216/);
    assert.equal(running.health().fields.eraSeen, 1);
    machine.metaserver.witness = { era: 2, lsn: 1 };
    await machine.until(() => running.health().fields.registered === true);
    assert.deepEqual(machine.fatal, []);
  });

  for (const code of ['WRONG_CLUSTER', 'WRONG_VERSION', 'DISK_REFUSED'] as const) {
    it(`ends the process when the metaserver refuses it with ${code}`, async () => {
      const machine = new SimulatedChunkserver({ seed: 7 });
      await machine.start();
      machine.metaserver.failure = new TesseraError(code, 'not you');
      await machine.until(() => machine.fatal.length > 0);
      assert.deepEqual([machine.fatal[0]?.code, machine.fatal[0]?.message], [code, 'not you']);
      await machine.pass(60_000);
      assert.equal(machine.fatal.length, 1);
    });
  }

  it('refuses a metaserver of another cluster that would take it', async () => {
    const machine = new SimulatedChunkserver({ seed: 8 });
    await machine.start();
    await machine.drive((machine.running as { close(): Promise<void> }).close());
    machine.restart();
    machine.metaserver.clusterId.fill(9);
    await machine.startAlone();
    await machine.until(() => machine.fatal.length > 0);
    assert.equal(machine.fatal[0]?.code, 'WRONG_CLUSTER');
    assert.match(machine.fatal[0]?.message ?? '', /this disk belongs to cluster c1c1.*metaserver at meta:7070 to 0909/);
  });

  it('goes on reporting a disk that fails', async () => {
    const machine = new SimulatedChunkserver({ seed: 9 });
    const running = await machine.start();
    const peer = await machine.peer();
    machine.world.faults = ({ process, kind }) =>
      process === 'chunkserver' && (kind === 'disk.write' || kind === 'disk.sync')
        ? { type: 'error', code: 'IO' }
        : undefined;
    machine.metaserver.witness = { era: 2, lsn: 77 };
    await assert.rejects(machine.drive(peer.write(makePut({ payload: Uint8Array.of(1) }))), { code: 'DISK_FAILED' });
    const { heartbeats } = machine.metaserver;
    await machine.until(() => heartbeats.at(-1)?.report?.diskState === v1.DiskState.DISK_STATE_FAILED);
    const before = heartbeats.length;
    await machine.until(() => heartbeats.length > before + 5);
    assert.match(heartbeats.at(-1)?.report?.diskMessage ?? '', /the disk failed/);
    assert.deepEqual([running.health().isServing, running.health().status], [false, 'failed']);
  });
});

describe('starting a chunkserver', () => {
  it('refuses what it cannot use, with a clear message', async () => {
    const machine = new SimulatedChunkserver({ seed: 10 });
    const cases: [object, object][] = [
      [{ listen: 'nowhere' }, { code: 'ADDRESS_INVALID', message: /'nowhere' is no address/ }],
      [{ listen: '0.0.0.0:7100' }, { code: 'INVALID_ARGUMENT', message: /--advertise/ }],
      [{ advertise: 'host-1:0' }, { code: 'INVALID_ARGUMENT', message: /actual port/ }],
      [{ capacityBytes: 0 }, { code: 'INVALID_ARGUMENT', message: /more than 0 bytes/ }],
      [{ logFileBytes: 1000 }, { code: 'INVALID_ARGUMENT', message: /at least 65536/ }],
      [{ labels: [{ key: '', value: 'x' }] }, { code: 'INVALID_LAYOUT' }],
    ];
    for (const [config, expected] of cases) await assert.rejects(machine.startAlone(config), expected);
    assert.deepEqual(machine.host.disk.paths(), [], 'nothing was touched');
  });

  it('lets the directory go when its port is taken', async () => {
    const machine = new SimulatedChunkserver({ seed: 11 });
    const other: Listener = await machine.drive(
      machine.process.network.listen('host-1:7100', () => ({ data() {}, drain() {}, close() {} })),
    );
    await assert.rejects(machine.startAlone(), { code: 'ADDRESS_IN_USE' });
    await machine.drive(other.close());
    await machine.startAlone();
  });
});
