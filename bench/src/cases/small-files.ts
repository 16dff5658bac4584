import { randomFillSync } from 'node:crypto';
import { type BenchCluster, startBenchCluster } from '../bench-cluster.js';
import { type CeilingRig, type Place, startCeilingRig } from '../ceiling/rig.js';
import { inFlight } from '../in-flight.js';
import { type BenchCase, type BenchResult, median, percentile } from '../result.js';

const FILE_BYTES = 512 * 1024;
const DEPTH = 16;
const CHUNKSERVERS = 8;
/** Daemons run for months: connections, leases, buffers and compiled code are there before the clock starts. */
const WARM_FILES = 1500;

/** What the system is for: many images of 512 KiB, incompressible, synced, 16 in flight. */
export function smallFiles(files: number): BenchCase {
  return {
    name: 'small-files',
    summary: `${files} files of 512 KiB written and read, ${DEPTH} in flight, ${CHUNKSERVERS} chunkservers`,
    async run({ repetitions, directory, progress }) {
      const content = makeContents();
      const results: BenchResult[] = [];
      for (const { redundancy, bodies } of LAYOUTS) {
        const rounds: Round[] = [];
        const rig = await startCeilingRig(directory, CHUNKSERVERS);
        const cluster = await startBenchCluster(directory, CHUNKSERVERS);
        try {
          progress(`small-files ${redundancy}, warming up`);
          await measureCeiling(rig, bodies, WARM_FILES, content);
          await measure(cluster, '/warm', redundancy, WARM_FILES, content);
          for (let round = 0; round < repetitions; round++) {
            progress(`small-files ${redundancy}, round ${round + 1} of ${repetitions}`);
            const ceiling = await measureCeiling(rig, bodies, files, content);
            rounds.push({ ceiling, ...(await measure(cluster, `/round-${round}`, redundancy, files, content)) });
          }
        } finally {
          await cluster.stop();
          await rig.stop();
        }
        results.push(...summarise(`small-files/${redundancy}`, rounds));
      }
      return results;
    },
  };
}

/** Layouts, and how many bodies of a file's size the ceiling writes for the file with this index. */
const LAYOUTS = [
  { redundancy: 'copies-2', bodies: () => 2 },
  // Four files and two parities.
  { redundancy: 'rs-4-2', bodies: (index: number) => 1 + (index % 2) },
];

interface Phase {
  filesPerSecond: number;
  cpuSecondsPerGiB: number;
  latenciesMs: number[];
}

interface Phases {
  write: Phase;
  read: Phase;
}

interface Round extends Phases {
  /** The same bytes over as many processes of the ceiling, just before. */
  ceiling: Phases;
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
  parent: string,
  redundancy: string,
  files: number,
  content: (index: number) => Uint8Array,
): Promise<Omit<Round, 'ceiling'>> {
  const { client } = cluster;
  await client.mkdir(parent, { layout: { redundancy } });
  const before = client.counters();
  const write = await phase(cluster, files, (index) => client.putFile(`${parent}/${index}`, content(index)));
  const after = client.counters();
  const read = await phase(cluster, files, async (index) => {
    expectSame(await client.getFile(`${parent}/${index}`), content(index));
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

/** Files of bodies, each body to the next server. */
async function measureCeiling(
  rig: CeilingRig,
  bodies: (index: number) => number,
  files: number,
  content: (index: number) => Uint8Array,
): Promise<Phases> {
  const places: Place[] = [];
  let server = 0;
  const write = async (index: number) => {
    const written = Array.from({ length: bodies(index) }, () => rig.write(server++ % CHUNKSERVERS, content(index)));
    places[index] = (await Promise.all(written))[0] as Place;
  };
  const read = async (index: number) => {
    expectSame(await rig.read(places[index] as Place, FILE_BYTES), content(index));
  };
  return { write: await phase(rig, files, write), read: await phase(rig, files, read) };
}

function expectSame(got: Uint8Array, wanted: Uint8Array): void {
  if (Buffer.compare(got, wanted) !== 0) throw new Error('a file came back different');
}

async function phase(
  cluster: { cpuSeconds(): number },
  files: number,
  work: (index: number) => Promise<unknown>,
): Promise<Phase> {
  const cpuBefore = cluster.cpuSeconds();
  const from = performance.now();
  const latenciesMs = await inFlight(files, DEPTH, work);
  const seconds = (performance.now() - from) / 1000;
  const gib = (files * FILE_BYTES) / 2 ** 30;
  return { filesPerSecond: files / seconds, cpuSecondsPerGiB: (cluster.cpuSeconds() - cpuBefore) / gib, latenciesMs };
}

function summarise(name: string, rounds: readonly Round[]): BenchResult[] {
  const results: BenchResult[] = [];
  for (const kind of ['write', 'read'] as const) {
    const ceiling = rounds.map((round) => round.ceiling[kind]);
    const own = rounds.map((round) => round[kind]);
    results.push({ name: `${name}/${kind}/ceiling`, ...figures(ceiling) });
    results.push({
      name: `${name}/${kind}`,
      ...figures(own),
      ratioToCeiling: median(
        own.map(({ filesPerSecond }, index) => filesPerSecond / (ceiling[index] as Phase).filesPerSecond),
      ),
      ...(kind === 'write' && {
        details: {
          'mean j': median(rounds.map((round) => round.meanSegmentsPerStripe)),
          'physical ÷ logical': median(rounds.map((round) => round.physicalPerLogical)),
        },
      }),
    });
  }
  return results;
}

function figures(phases: readonly Phase[]): Omit<BenchResult, 'name'> {
  const latencies = phases.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    value: median(phases.map(({ filesPerSecond }) => filesPerSecond)),
    unit: 'files/s',
    cpuSecondsPerGiB: median(phases.map(({ cpuSecondsPerGiB }) => cpuSecondsPerGiB)),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}
