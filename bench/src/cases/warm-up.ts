import type { BenchCase } from '../bench-case.js';
import { cpuByRole, cpuDifference } from '../cpu.js';
import { inFlight } from '../in-flight.js';
import { CHUNKSERVERS, FILE_BYTES } from '../layouts.js';
import type { BenchResult } from '../result.js';
import { smallBytes } from '../warm-up.js';

const DEPTH = 64;
/** Shards for each server between two looks. */
const STEP_SHARDS = 1_000;
const STEPS = 14;
const PROBE_FILES = 128;

/** How much CPU each role spends on an operation after so many of them: where the curve is flat, it is warm. */
export const warmUpCurve: BenchCase = {
  name: 'warm-up',
  summary: `CPU for an operation after every ${STEP_SHARDS} shards of 4 to 16 KiB a chunkserver, ${CHUNKSERVERS} of them`,
  variants: ['warm-up'],
  isDefault: false,
  async run({ isQuick, coldStage, retireStage, progress }) {
    const { cluster, contents } = await coldStage();
    const { client } = cluster;
    const results: BenchResult[] = [];
    await client.mkdir('/warm', { layout: { redundancy: 'copies-2', inlineBytes: 0 } });
    const filesPerStep = (STEP_SHARDS * CHUNKSERVERS) / 2;
    for (let step = 0; step < (isQuick ? 3 : STEPS); step++) {
      const shards = step * STEP_SHARDS;
      progress(`warm-up: after ${shards} shards a chunkserver`);
      const pathOf = (index: number) => `/warm/${step}-${index}`;
      const measure = async (kind: string, count: number, perOperation: number, work: (index: number) => unknown) => {
        const before = cpuByRole(cluster.roles());
        await inFlight(count, DEPTH, async (index) => work(index));
        const cpu = cpuDifference(cpuByRole(cluster.roles()), before);
        const micros = (role: string, each: number) => ((cpu[role] ?? 0) * 1e6) / (count * each);
        results.push({
          name: `warm-up/${kind}/${shards}`,
          value: micros('chunkservers', perOperation),
          unit: 'chunkserver CPU-µs a shard',
          details: {
            'client CPU-µs a file': micros('client', 1),
            'metaserver CPU-µs a file': micros('metaserver', 1),
          },
        });
      };
      await measure('write', filesPerStep, 2, (index) =>
        client.putFile(pathOf(index), contents.bytes(index, smallBytes(index))),
      );
      await measure('read', filesPerStep, 1, (index) => client.getFile(pathOf(index)));
      await measure('write-512KiB', PROBE_FILES, 2, (index) =>
        client.putFile(`/warm/${step}-large-${index}`, contents.bytes(index, FILE_BYTES)),
      );
      await measure('read-512KiB', PROBE_FILES, 1, (index) => client.getFile(`/warm/${step}-large-${index}`));
    }
    await retireStage();
    return results;
  },
};
