import assert from 'node:assert/strict';
import { TesseraError } from '@tessera/protocol';
import type { PutRequest } from '../log/append-request.js';
import { FILE_HEADER_BYTES, GROUP_BYTES, SECTOR_BYTES, TRAILER_BYTES } from '../log/limits.js';
import type { OpenStore } from '../store/open-store.js';
import { readShard } from './read-shard.js';
import { makePut } from './shards.js';
import { DIRECTORY, SimulatedMachine } from './simulated-host.js';

export const LOG = `${DIRECTORY}/log/0000000001.log`;
export const INDEX = `${DIRECTORY}/index`;
export const PAYLOAD_BYTES = 70_000;

/** A machine with a few shards in one log file, stopped cleanly or by a kill. */
export async function prepare(stop: 'clean' | 'kill'): Promise<{ machine: SimulatedMachine; puts: PutRequest[] }> {
  const machine = new SimulatedMachine({ seed: 3 });
  const open = await machine.open();
  const puts = [0, 1, 2].map((index) => {
    const payload = machine.world.random.fill(new Uint8Array(PAYLOAD_BYTES));
    return makePut({ payload, stripe: BigInt(index + 1), slot: index });
  });
  for (const put of puts) await machine.drive(open.store.put(put).then((lsn) => open.store.durable(lsn)));
  await machine.drive(open.witness.note({ era: 1, lsn: 5, chain: new Uint8Array(32).fill(1) }));
  await machine.drive(open.witness.note({ era: 1, lsn: 6, chain: new Uint8Array(32).fill(2) }));
  // The rows of the index reach their store some time later.
  await machine.world.run({ untilMs: machine.world.nowMs + 1000 });
  if (stop === 'clean') await machine.drive(open.close());
  else machine.process.crash('kill');
  machine.restart();
  machine.warnings.length = 0;
  return { machine, puts };
}

/** 'good' when the right bytes come back, else the error's code. Wrong bytes fail the test. */
export async function outcome(machine: SimulatedMachine, open: OpenStore, put: PutRequest): Promise<string> {
  try {
    assert.deepEqual(await machine.drive(readShard(open, put)), put.payload);
    return 'good';
  } catch (error) {
    assert.ok(error instanceof TesseraError, String(error));
    return error.code;
  }
}

export async function outcomes(
  machine: SimulatedMachine,
  open: OpenStore,
  puts: readonly PutRequest[],
): Promise<string[]> {
  const found: string[] = [];
  for (const put of puts) found.push(await outcome(machine, open, put));
  return found;
}

/** Damages all that says how the log file is to be read. */
export function loseFile(machine: SimulatedMachine): void {
  const bytes = machine.host.disk.content(LOG)?.length as number;
  for (const offset of [33, 4096 + 40, bytes - TRAILER_BYTES + 50]) machine.host.disk.flipBit(LOG, offset);
}

/** Offsets in the log file, as the format lays out three shards of 70,000 bytes written one after the other. */
export const RECORD_AT = [0, 1, 2].map((index) => FILE_HEADER_BYTES + index * (18 * GROUP_BYTES));
export const HEADER_BYTES = SECTOR_BYTES;
