import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { runChaos } from './chaos.js';
import { chaosTotals } from './report.js';

test('real daemons and clients under chaos lose nothing', async () => {
  const seed = process.env.TESSERA_CHAOS_SEED ?? String(randomInt(2 ** 31));
  const log: string[] = [`TESSERA_CHAOS_SEED=${seed}`];
  const report = await runChaos({
    seed,
    // One round.
    forMs: 1,
    faultsMs: 10_000,
    chunkservers: 6,
    clients: 2,
    smallDiskBytes: 4 * 1024 * 1024,
    note: (line) => log.push(line),
  });
  const { violation, directory } = report;
  if (violation) {
    console.log(log.join('\n'));
    rmSync(directory as string, { recursive: true });
  }
  console.log(`TESSERA_CHAOS_SEED=${seed}\n${chaosTotals(report)}`);
  assert.equal(violation, undefined, violation?.detail);
  assert.ok(Object.keys(report.faults).length > 1);
  assert.ok(report.files > 0 && report.bytesReadBack > 0);
});
