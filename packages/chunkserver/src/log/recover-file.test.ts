import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@tessera/env';
import type { OpenStore } from '../store/open-store.js';
import { makePut } from '../testing/shards.js';
import { DIRECTORY, SimulatedMachine } from '../testing/simulated-host.js';
import { EntryKind } from './entry.js';
import { decodeFileHeader } from './file-header.js';
import { FILE_HEADER_BYTES, FOOTER_ENTRIES_MAX, GROUP_BYTES } from './limits.js';
import { logFileName } from './log-files.js';
import { recoverFile } from './recover-file.js';

/** Each of these shards, synced, takes one page. */
const PAYLOAD_BYTES = 3000;
const SHARDS = 5;

function logPath(file: number): string {
  return `${DIRECTORY}/log/${logFileName(file)}`;
}

/** Puts shards durably, kills the process and destroys the record headers from number `lostFrom` on. Returns LSNs. */
async function putAndLose(
  machine: SimulatedMachine,
  { store }: OpenStore,
  { file, lostFrom }: { file: number; lostFrom: number },
): Promise<number[]> {
  const lsns: number[] = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    const lsn = await machine.drive(store.put(putOf(file * SHARDS + shard)));
    await machine.drive(store.durable(lsn));
    lsns.push(lsn);
  }
  machine.process.crash('kill');
  for (let shard = lostFrom; shard < SHARDS; shard++) {
    machine.host.disk.flipBit(logPath(file), FILE_HEADER_BYTES + shard * GROUP_BYTES);
  }
  machine.restart();
  return lsns;
}

function putOf(stripe: number) {
  return makePut({ payload: new Uint8Array(PAYLOAD_BYTES).fill(1), stripe: BigInt(stripe) });
}

describe('after records were lost', () => {
  for (const lostFrom of [0, 1, SHARDS]) {
    it(`the log goes on beyond every number they may have had (${SHARDS - lostFrom} of ${SHARDS} lost)`, async () => {
      const machine = new SimulatedMachine({ seed: 5 });
      const given: number[] = [];
      // From the second time on all numbers are high already.
      for (const file of [1, 2, 3]) {
        const lsns = await putAndLose(machine, await machine.open(), { file, lostFrom });
        // Nothing says how many were lost: as many as a file holds, in the worst case.
        const known = given.at(lostFrom - SHARDS - 1) ?? 0;
        const [next] = lsns as [number];
        if (file > 1)
          assert.ok(next > known + FOOTER_ENTRIES_MAX, `${next} after ${known} may be that of a lost record`);
        assert.ok(given.every((lsn) => lsn < next));
        given.push(...lsns);
      }
    });
  }

  it('the seal of the scanned file carries the number that the log goes on from', async () => {
    const machine = new SimulatedMachine({ seed: 6 });
    const lsns = await putAndLose(machine, await machine.open(), { file: 1, lostFrom: 2 });
    const { header } = decodeFileHeader(machine.host.disk.content(logPath(1)) as Uint8Array, logPath(1));
    assert.ok(header);
    const env = { disk: machine.env.disk, log: silentLog };
    const { footer, sealLsn, bytes } = await machine.drive(recoverFile(env, logPath(1), header));
    assert.deepEqual([footer.count, footer.entry(0).kind, footer.entry(0).lsn], [2, EntryKind.PUT, lsns[0]]);
    assert.ok(sealLsn > (lsns[1] as number) + FOOTER_ENTRIES_MAX);
    assert.equal(machine.host.disk.content(logPath(1))?.length, bytes);
    const { store } = await machine.open();
    assert.equal(await machine.drive(store.put(putOf(1000))), sealLsn + 1);
  });
});
