import type { Client } from '@tessera/client';
import type { BenchCase } from '../bench-case.js';
import { expectSame } from '../contents.js';
import { inFlight } from '../in-flight.js';
import { FILE_BYTES } from '../layouts.js';
import { cpuDetails, figures, measurePhase, measureWhole, type Phase, rate } from '../phase.js';
import { type BenchResult, median } from '../result.js';
import { scatter } from '../scatter.js';
import type { Stage } from '../stage.js';

const DEPTH = 16;
const FILES = 800;
const REDUNDANCIES = ['rs-4-2', 'copies-2'];
/** Reads after the kill and before the clock: the client has found out by then. */
const SETTLING_READS = 200;
const KILLED = 3;

type Kind = 'files' | 'directory';
type State = 'healthy' | 'degraded';

/**
 * Reads while one of eight chunkservers is dead, as a share of the same reads just before it was killed: `files` are chosen
 * by chance one by one, `directory` is one getMany over all of them.
 */
export const degradedReads: BenchCase = {
  name: 'degraded-reads',
  summary: `files of 512 KiB read warm with one of eight chunkservers killed, ${DEPTH} in flight`,
  variants: REDUNDANCIES.map((redundancy) => `degraded-reads/${redundancy}`),
  isDefault: true,
  async run({ repetitions, isQuick, variants, stage, retireStage, progress }) {
    const count = isQuick ? FILES / 4 : FILES;
    const set = await stage();
    const { client } = set.cluster;
    const chosen = REDUNDANCIES.map((redundancy) => ({ redundancy, name: `degraded-reads/${redundancy}` }))
      .filter(({ name }) => variants.includes(name))
      .map(({ redundancy, name }) => ({ redundancy, name, parent: set.freshDirectory(), phases: noPhases() }));
    for (const { redundancy, name, parent } of chosen) {
      progress(`${name}: writing`);
      await client.mkdir(parent, { layout: { redundancy } });
      await inFlight(count, DEPTH, (index) =>
        client.putFile(`${parent}/${index}`, set.contents.bytes(index, FILE_BYTES)),
      );
    }
    for (const state of ['healthy', 'degraded'] as const) {
      if (state === 'degraded') {
        await set.cluster.kill(KILLED);
        for (const { parent } of chosen) await settle(client, parent, count);
      }
      for (let round = 0; round < repetitions; round++) {
        for (const { name, parent, phases } of chosen) {
          progress(`${name}, ${state}, round ${round + 1} of ${repetitions}`);
          const taken = await measure(set, `${name}/${state}`, parent, count);
          for (const kind of ['files', 'directory'] as const) phases[kind][state].push(taken[kind]);
        }
      }
    }
    await retireStage();
    return chosen.flatMap(({ name, phases }) =>
      (['files', 'directory'] as const).map((kind) => compare(`${name}/${kind}`, phases[kind])),
    );
  },
};

function noPhases(): Record<Kind, Record<State, Phase[]>> {
  return { files: { healthy: [], degraded: [] }, directory: { healthy: [], degraded: [] } };
}

async function settle(client: Client, parent: string, count: number): Promise<void> {
  await inFlight(SETTLING_READS, DEPTH, (index) => client.getFile(`${parent}/${scatter(index, count)}`));
}

async function measure(
  { cluster, contents }: Stage,
  name: string,
  parent: string,
  count: number,
): Promise<Record<Kind, Phase>> {
  const { client } = cluster;
  const files = await measurePhase(
    cluster,
    { name: `${name}/files`, count, depth: DEPTH, bytes: FILE_BYTES },
    async (read) => {
      const index = scatter(read, count);
      expectSame(await client.getFile(`${parent}/${index}`), contents.bytes(index, FILE_BYTES));
    },
  );
  const directory = await measureWhole(
    cluster,
    { name: `${name}/directory`, operations: count, bytes: count * FILE_BYTES },
    async () => {
      const paths = Array.from({ length: count }, (_, index) => `${parent}/${index}`);
      for await (const outcome of client.getMany(paths, { concurrency: DEPTH })) {
        if (!outcome.ok) throw outcome.error;
        const index = Number(String(outcome.path).slice(parent.length + 1));
        expectSame(outcome.content, contents.bytes(index, FILE_BYTES));
      }
      return [];
    },
  );
  return { files, directory };
}

function compare(name: string, { healthy, degraded }: Record<State, Phase[]>): BenchResult {
  const healthyRate = median(healthy.map(rate));
  const result = { name, unit: 'files/s', ...figures(degraded, rate) };
  return {
    ...result,
    details: {
      'share of healthy': result.value / healthyRate,
      'healthy files/s': healthyRate,
      'healthy CPU-s/GiB': figures(healthy, rate).cpuSecondsPerGiB ?? Number.NaN,
      ...cpuDetails(degraded),
    },
  };
}
