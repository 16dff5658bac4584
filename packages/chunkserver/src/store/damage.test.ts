import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DOUBTFUL_PER_REPORT_MAX } from '@tessera/protocol';
import { encodeKey } from '../index/row.js';
import type { PutRequest } from '../log/append-request.js';
import { FILE_HEADER_BYTES, FOOTER_ENTRIES_MAX, GROUP_BYTES, SECTOR_BYTES, TRAILER_BYTES } from '../log/limits.js';
import { HEADER_BYTES, INDEX, LOG, loseFile, outcomes, prepare, RECORD_AT } from '../testing/damaged-disk.js';
import { makePut } from '../testing/shards.js';
import { DIRECTORY, SimulatedMachine } from '../testing/simulated-host.js';

describe('one flipped bit', () => {
  it('in either copy of a log file header is noticed, and the other copy serves', async () => {
    for (const offset of [0, 9, 33, 63, 4096, 4096 + 33]) {
      const { machine, puts } = await prepare('clean');
      machine.host.disk.flipBit(LOG, offset, offset % 8);
      const open = await machine.open();
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
      const copy = offset < 4096 ? 0 : 4096;
      assert.match(open.store.report().message, new RegExp(`0000000001.log: the copy of its header at ${copy} `));
    }
  });

  it('in both copies of a log file header is noticed, and the trailer serves', async () => {
    const { machine, puts } = await prepare('clean');
    machine.host.disk.flipBit(LOG, 33);
    machine.host.disk.flipBit(LOG, 4096 + 40);
    for (let start = 0; start < 2; start++) {
      const open = await machine.open();
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
      assert.match(open.store.report().message, /0000000001.log: both copies of its header .*; its trailer is used/);
      await machine.drive(open.close());
      machine.restart();
    }
    // What the trailer says is enough to scan the file, too.
    const sealAt = (RECORD_AT[2] as number) + 18 * GROUP_BYTES;
    machine.host.disk.flipBit(LOG, sealAt + 3);
    assert.deepEqual(await outcomes(machine, await machine.open(), puts), ['good', 'good', 'good']);
  });

  it('in both copies of a log file header and in its trailer makes its shards unreadable, and says so', async () => {
    const { machine, puts } = await prepare('clean');
    loseFile(machine);
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['CORRUPT', 'CORRUPT', 'CORRUPT']);
    assert.match(
      open.store.report().message,
      /0000000001.log: both copies of its header, and its trailer, are damaged/,
    );
  });

  it('in both copies of the header of an unsealed log file makes its shards unreadable', async () => {
    const { machine, puts } = await prepare('kill');
    machine.host.disk.flipBit(LOG, 33);
    machine.host.disk.flipBit(LOG, 4096 + 40);
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['CORRUPT', 'CORRUPT', 'CORRUPT']);
  });

  it('in a record header makes that shard CORRUPT and leaves the others', async () => {
    const { machine, puts } = await prepare('clean');
    const at = RECORD_AT[1] as number;
    for (const offset of [0, 4, 5, 8, 12, 16, 31, 40, 52, 60, 100, 183]) {
      machine.host.disk.flipBit(LOG, at + offset, 3);
      const open = await machine.open();
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'CORRUPT', 'good'], `byte ${offset}`);
      assert.equal(open.store.report().readErrors, 1);
      assert.ok(
        machine.warnings.some((line) => line.includes(`the record at ${at} of ${LOG}`)),
        machine.warnings.join(),
      );
      await machine.drive(open.close());
      machine.host.disk.flipBit(LOG, at + offset, 3);
      machine.restart();
    }
  });

  it('in a payload is seen by whoever reads it', async () => {
    const { machine, puts } = await prepare('clean');
    machine.host.disk.flipBit(LOG, (RECORD_AT[2] as number) + HEADER_BYTES + 69_999, 1);
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'DATA_LOSS']);
  });

  it('in a payload of an unsealed file is found by the scan and reported as doubtful, until it is written again', async () => {
    const { machine, puts } = await prepare('kill');
    machine.host.disk.flipBit(LOG, (RECORD_AT[1] as number) + HEADER_BYTES + 1234, 6);
    let open = await machine.open();
    const doubtful = { pg: 1, stripe: 2n, slot: 1 };
    for (let start = 0; start < 2; start++) {
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'CORRUPT', 'good']);
      assert.equal(open.store.report().doubtful, 1);
      assert.deepEqual(open.store.nextDoubtful(), [doubtful]);
      assert.equal(open.store.report().shards, 2);
      await machine.drive(open.close());
      machine.restart();
      open = await machine.open();
    }
    await machine.drive(open.store.put(puts[1] as PutRequest));
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
    assert.equal(open.store.report().doubtful, 0);
    assert.equal(open.store.report().shards, 3);
  });

  it('in a record header of an unsealed file loses that record only', async () => {
    const { machine, puts } = await prepare('kill');
    machine.host.disk.flipBit(LOG, (RECORD_AT[0] as number) + 70, 6);
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['CORRUPT', 'good', 'good']);
  });

  it('in footer, seal record or trailer is noticed, and the file scanned and sealed again', async () => {
    const sealAt = (RECORD_AT[2] as number) + 18 * GROUP_BYTES;
    const { machine, puts } = await prepare('clean');
    const end = machine.host.disk.content(LOG)?.length as number;
    for (const offset of [
      sealAt + 3,
      sealAt + 20,
      sealAt + SECTOR_BYTES + 40,
      end - TRAILER_BYTES + 1,
      end - TRAILER_BYTES + 33,
    ]) {
      const one = await prepare('clean');
      one.machine.host.disk.flipBit(LOG, offset);
      const open = await one.machine.open();
      assert.deepEqual(await outcomes(one.machine, open, one.puts), ['good', 'good', 'good'], `byte ${offset}`);
      assert.ok(one.machine.warnings.some((line) => line.startsWith('log file was not sealed') && line.includes(LOG)));
      await one.machine.drive(open.close());
      one.machine.restart();
      one.machine.warnings.length = 0;
      await one.machine.open();
      assert.deepEqual(one.machine.warnings, []);
    }
    assert.deepEqual(await outcomes(machine, await machine.open(), puts), ['good', 'good', 'good']);
  });

  it('in a row of the index is noticed and healed at the start', async () => {
    const { machine, puts } = await prepare('clean');
    const key = encodeKey(puts[0] as PutRequest);
    const bytes = machine.kv.entries(INDEX).find((entry) => Buffer.compare(entry.key, key) === 0)?.value
      .length as number;
    for (let offset = 0; offset < bytes; offset += 3) {
      machine.kv.corrupt(INDEX, key, offset, offset % 8);
      const open = await machine.open();
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
      assert.ok(
        machine.warnings.some((line) => line.startsWith('the index lacked entries') && line.includes('"repaired":1')),
      );
      machine.warnings.length = 0;
      await machine.drive(open.close());
      machine.restart();
    }
  });

  it('in a row of the index is never followed while it is not yet healed', async () => {
    const { machine, puts } = await prepare('clean');
    machine.kv.corrupt(INDEX, encodeKey(puts[0] as PutRequest), 40);
    const open = await machine.open({ compareInlineEntriesMax: 0 });
    assert.deepEqual(await outcomes(machine, open, puts), ['CORRUPT', 'good', 'good']);
    await machine.drive(open.compared);
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
    assert.equal(open.store.report().shards, 3);
  });

  it('in the identity is healed from its other copy', async () => {
    for (const offset of [0, 10, 45, 50, 81, 103, 4096 + 12]) {
      const { machine, puts } = await prepare('clean');
      const path = `${DIRECTORY}/identity`;
      const before = machine.host.disk.content(path);
      machine.host.disk.flipBit(path, offset, 2);
      const open = await machine.open();
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
      assert.ok(machine.warnings.some((line) => line.includes('identity is damaged')));
      assert.deepEqual(machine.host.disk.content(path), before);
    }
  });

  it('behind the identity, where a write for another file landed, is dropped', async () => {
    const { machine, puts } = await prepare('clean');
    const path = `${DIRECTORY}/identity`;
    const before = machine.host.disk.content(path) as Uint8Array;
    const file = await machine.drive(machine.process.disk.open(path, 'write'));
    file.writeSync([new Uint8Array(1_000).fill(7)], 200_000);
    const open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
    assert.ok(machine.warnings.some((line) => line.includes('longer than it should be')));
    assert.deepEqual(machine.host.disk.content(path), before);
  });

  it('in both copies of the identity refuses the disk', async () => {
    const { machine } = await prepare('clean');
    machine.host.disk.flipBit(`${DIRECTORY}/identity`, 20);
    machine.host.disk.flipBit(`${DIRECTORY}/identity`, 4096 + 20);
    await assert.rejects(machine.open(), { code: 'DISK_REFUSED', message: /identity is damaged in both copies/ });
  });

  it('in the newer slot of the witness leaves the older one', async () => {
    const { machine } = await prepare('clean');
    machine.host.disk.flipBit(`${DIRECTORY}/witness`, 4096 + 30);
    const open = await machine.open();
    assert.equal(open.witness.current?.lsn, 5);
    assert.ok(machine.warnings.some((line) => line.includes('journal witness is damaged')));
  });
});

describe('a lost block of 4,096 bytes', () => {
  it('at the start of a log file costs nothing: the other copy of the header lies in another one', async () => {
    for (const stop of ['clean', 'kill'] as const) {
      const { machine, puts } = await prepare(stop);
      for (let offset = 0; offset < 4096; offset++) machine.host.disk.flipBit(LOG, offset, offset % 8);
      assert.deepEqual(await outcomes(machine, await machine.open(), puts), ['good', 'good', 'good']);
    }
  });
});

describe('after the newest log file was lost', () => {
  for (const stop of ['clean', 'kill'] as const) {
    it(`shards that were in it are written again, for good (${stop} stop)`, async () => {
      const { machine, puts } = await prepare(stop);
      loseFile(machine);
      let open = await machine.open();
      const lsns: number[] = [];
      for (const put of puts) {
        const lsn = await machine.drive(open.store.put(put));
        await machine.drive(open.store.durable(lsn));
        lsns.push(lsn);
      }
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
      // No number of the lost file is given again, or its rows would pass for the later ones.
      assert.ok(Math.min(...lsns) > FOOTER_ENTRIES_MAX, lsns.join());
      for (const again of ['clean', 'kill', 'clean'] as const) {
        if (again === 'clean') await machine.drive(open.close());
        else machine.process.crash('kill');
        machine.restart();
        open = await machine.open();
        assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good'], again);
        assert.equal(open.store.report().shards, 3);
      }
    });
  }
});

describe('many shards in doubt', () => {
  it('are all reported in turn, a bounded number at a time', async () => {
    const machine = new SimulatedMachine({ seed: 31 });
    const count = 2 * DOUBTFUL_PER_REPORT_MAX + 300;
    let open = await machine.open({ logFileBytes: 16 * 1024 ** 2 });
    const payload = new TextEncoder().encode('found again by what it says');
    const puts = Array.from({ length: count }, (_, index) => makePut({ payload, stripe: BigInt(index + 1) }));
    const { store } = open;
    await machine.drive(Promise.all(puts.map((put) => store.put(put).then((lsn) => store.durable(lsn)))));
    machine.process.crash('kill');
    const log = Buffer.from(machine.host.disk.content(LOG) as Uint8Array);
    for (let at = log.indexOf(payload); at >= 0; at = log.indexOf(payload, at + 1)) machine.host.disk.flipBit(LOG, at);
    machine.restart();
    open = await machine.open({ logFileBytes: 16 * 1024 ** 2 });
    assert.equal(open.store.report().doubtful, count);
    const seen = new Set<bigint>();
    for (let report = 0; report < 3; report++) {
      const next = open.store.nextDoubtful();
      assert.equal(next.length, DOUBTFUL_PER_REPORT_MAX);
      for (const { stripe } of next) seen.add(stripe);
    }
    assert.equal(seen.size, count, 'three reports have room for all');
    await machine.drive(open.store.put(puts[7] as PutRequest));
    assert.equal(open.store.report().doubtful, count - 1);
    for (let report = 0; report < 3; report++) {
      assert.ok(open.store.nextDoubtful().every(({ stripe }) => stripe !== 8n));
    }
  });
});

describe('a repeated write that was torn', () => {
  it('leaves the shard as it was', async () => {
    const { machine, puts } = await prepare('kill');
    let open = await machine.open();
    // What was found by a scan is written anew; the new copy is then damaged before its file is sealed.
    await machine.drive(open.store.put(puts[1] as PutRequest).then((lsn) => open.store.durable(lsn)));
    machine.process.crash('kill');
    machine.host.disk.flipBit(`${DIRECTORY}/log/0000000002.log`, FILE_HEADER_BYTES + HEADER_BYTES + 100);
    for (let start = 0; start < 2; start++) {
      machine.restart();
      open = await machine.open();
      assert.deepEqual(await outcomes(machine, open, puts), ['good', 'good', 'good']);
      assert.equal(open.store.report().doubtful, 0);
      assert.equal(open.store.report().shards, 3);
      await machine.drive(open.close());
    }
  });

  it('after a delete is in doubt, not there as before the delete', async () => {
    const { machine, puts } = await prepare('clean');
    let open = await machine.open();
    const put = puts[1] as PutRequest;
    assert.equal(await machine.drive(open.store.delete(put, 1)), true);
    await machine.drive(open.store.put(put).then((lsn) => open.store.durable(lsn)));
    machine.process.crash('kill');
    machine.host.disk.flipBit(`${DIRECTORY}/log/0000000002.log`, FILE_HEADER_BYTES + GROUP_BYTES + HEADER_BYTES + 100);
    machine.restart();
    open = await machine.open();
    assert.deepEqual(await outcomes(machine, open, puts), ['good', 'CORRUPT', 'good']);
    assert.deepEqual(open.store.nextDoubtful(), [{ pg: 1, stripe: 2n, slot: 1 }]);
  });
});
