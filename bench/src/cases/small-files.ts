import { randomFillSync } from 'node:crypto';
import { type BenchCluster, startBenchCluster } from '../bench-cluster.js';
import { inFlight } from '../in-flight.js';
import { type BenchCase, type BenchResult, median, percentile } from '../result.js';

const FILE_BYTES = 512 * 1024;
const DEPTH = 16;
const CHUNKSERVERS = 8;

/** What the system is for: many images of 512 KiB, incompressible, synced, 16 in flight. */
export function smallFiles(files: number): BenchCase {
  return {
    name: 'small-files',
    summary: `${files} files of 512 KiB written and read, ${DEPTH} in flight, ${CHUNKSERVERS} chunkservers`,
    async run({ repetitions, directory, progress }) {
      const content = makeContents();
      const results: BenchResult[] = [];
      for (const redundancy of ['copies-2', 'rs-4-2']) {
        const rounds: Round[] = [];
        for (let round = 0; round < repetitions; round++) {
          progress(`small-files ${redundancy}, round ${round + 1} of ${repetitions}`);
          const cluster = await startBenchCluster(directory, CHUNKSERVERS);
          try {
            rounds.push(await measure(cluster, redundancy, files, content));
          } finally {
            await cluster.stop();
          }
        }
        results.push(...summarise(`small-files/${redundancy}`, rounds));
      }
      return results;
    },
  };
}

interface Phase {
  filesPerSecond: number;
  cpuSecondsPerGiB: number;
  latenciesMs: number[];
}

interface Round {
  write: Phase;
  read: Phase;
  meanSegmentsPerStripe: number;
  physicalPerLogical: number;
}

/** Distinct incompressible contents: slices at changing offsets of one random pool, made before any clock starts. */
function makeContents(): (index: number) => Uint8Array {
  const pool = randomFillSync(Buffer.allocUnsafeSlow(64 * 1024 * 1024));
  return (index) => {
    const offset = (index * 1_000_003 * 64) % (pool.length - FILE_BYTES);
    return new Uint8Array(pool.buffer, offset, FILE_BYTES);
  };
}

async function measure(
  cluster: BenchCluster,
  redundancy: string,
  files: number,
  content: (index: number) => Uint8Array,
): Promise<Round> {
  const { client } = cluster;
  await client.mkdir('/images', { layout: { redundancy } });
  // Connections, leases and buffers exist before the clock starts.
  await inFlight(200, DEPTH, (index) => client.putFile(`/images/warm-${index}`, content(index)));
  await inFlight(200, DEPTH, (index) => client.getFile(`/images/warm-${index}`));
  const before = client.counters();
  const write = await phase(cluster, files, (index) => client.putFile(`/images/${index}`, content(index)));
  const after = client.counters();
  const read = await phase(cluster, files, async (index) => {
    const bytes = await client.getFile(`/images/${index}`);
    if (bytes.length !== FILE_BYTES || Buffer.compare(bytes, content(index)) !== 0) {
      throw new Error(`/images/${index} came back different`);
    }
  });
  return {
    write,
    read,
    meanSegmentsPerStripe:
      (after.segmentsWritten - before.segmentsWritten) / (after.stripesWritten - before.stripesWritten),
    physicalPerLogical:
      (after.physicalBytesWritten - before.physicalBytesWritten) /
      (after.logicalBytesWritten - before.logicalBytesWritten),
  };
}

async function phase(cluster: BenchCluster, files: number, work: (index: number) => Promise<unknown>): Promise<Phase> {
  const cpuBefore = cluster.cpuSeconds();
  const from = performance.now();
  const latenciesMs = await inFlight(files, DEPTH, work);
  const seconds = (performance.now() - from) / 1000;
  const gib = (files * FILE_BYTES) / 2 ** 30;
  return { filesPerSecond: files / seconds, cpuSecondsPerGiB: (cluster.cpuSeconds() - cpuBefore) / gib, latenciesMs };
}

function summarise(name: string, rounds: readonly Round[]): BenchResult[] {
  return (['write', 'read'] as const).map((kind) => {
    const latencies = rounds.flatMap((round) => round[kind].latenciesMs);
    return {
      name: `${name}/${kind}`,
      value: median(rounds.map((round) => round[kind].filesPerSecond)),
      unit: 'files/s',
      cpuSecondsPerGiB: median(rounds.map((round) => round[kind].cpuSecondsPerGiB)),
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      ...(kind === 'write' && {
        details: {
          'mean j': median(rounds.map((round) => round.meanSegmentsPerStripe)),
          'physical ÷ logical': median(rounds.map((round) => round.physicalPerLogical)),
        },
      }),
    };
  });
}
