import { startBenchCluster } from '../bench-cluster.js';
import { inFlight } from '../in-flight.js';
import { type BenchCase, type BenchResult, median, percentile } from '../result.js';

const DEPTH = 64;
const EMPTY = new Uint8Array(0);

/** Creates of empty files and stats, all in one directory, 64 in flight. */
export function namespaceRates(files: number): BenchCase {
  return {
    name: 'namespace',
    summary: `${files} creates of empty files, then as many stats, in one directory, ${DEPTH} in flight`,
    async run({ repetitions, directory, progress }) {
      const cluster = await startBenchCluster(directory, 1);
      const { client } = cluster;
      const rates: Record<'create' | 'stat', number[]> = { create: [], stat: [] };
      const latencies: Record<'create' | 'stat', number[]> = { create: [], stat: [] };
      try {
        for (let round = 0; round < repetitions; round++) {
          progress(`namespace, round ${round + 1} of ${repetitions}`);
          const parent = `/round-${round}`;
          await client.mkdir(parent, { layout: { redundancy: 'copies-1' } });
          await inFlight(2000, DEPTH, (index) => client.putFile(`${parent}/warm-${index}`, EMPTY));
          for (const [kind, work] of [
            ['create', (index: number) => client.putFile(`${parent}/${index}`, EMPTY)],
            ['stat', (index: number) => client.stat(`${parent}/${index}`)],
          ] as const) {
            const from = performance.now();
            latencies[kind].push(...(await inFlight(files, DEPTH, work)));
            rates[kind].push(files / ((performance.now() - from) / 1000));
          }
        }
      } finally {
        await cluster.stop();
      }
      return (['create', 'stat'] as const).map(
        (kind): BenchResult => ({
          name: `namespace/${kind}`,
          value: median(rates[kind]),
          unit: 'operations/s',
          p50Ms: percentile(latencies[kind], 0.5),
          p99Ms: percentile(latencies[kind], 0.99),
        }),
      );
    },
  };
}
