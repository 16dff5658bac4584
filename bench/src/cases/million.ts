import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, BenchContext } from '../bench-case.js';
import { cpuSeconds, cpuTotal } from '../cpu.js';
import { inFlight } from '../in-flight.js';
import { MillionCluster, type Role } from '../million/cluster.js';
import { cpuMicrosDetails, figures, measurePhase, type Phase, rate } from '../phase.js';
import type { BenchResult } from '../result.js';
import { scatter } from '../scatter.js';

const FILE_BYTES = 64 * 1024;
const ZEROS = new Uint8Array(FILE_BYTES);
const DEPTH = 64;
/** Rates are taken over so many files: the first ones, and the last ones. As many warm the processes up. */
const WINDOW_FILES = 10_000;
const PROGRESS_FILES = 20_000;
const LIST_LOOK_ENTRIES = 10_000;
const RETRY_MS = 10;
const RESTART_MS_MAX = 10 * 60_000;
const MIB = 2 ** 20;

const SIZES: Readonly<Record<string, number>> = { 'million/100k': 100_000, 'million/1M': 1_000_000 };

/** Many files whose bytes are outside of the inode, in one directory, on one chunkserver. */
export const million: BenchCase = {
  name: 'million',
  summary: 'a million files of 64 KiB of zeros, copies-1: rates, memory, restarts and listing beside those at 10,000',
  variants: Object.keys(SIZES),
  isDefault: false,
  async run(context) {
    const results: BenchResult[] = [];
    for (const [name, files] of Object.entries(SIZES)) {
      if (context.variants.includes(name)) results.push(...(await measureMany(context, name, files, WINDOW_FILES)));
    }
    return results;
  },
};

/** Everything about one directory of `files`; rates over the first and the last `window` of them. */
export async function measureMany(
  context: Pick<BenchContext, 'directory' | 'progress' | 'onStop' | 'profiler'>,
  name: string,
  files: number,
  window: number,
): Promise<BenchResult[]> {
  const cluster = await MillionCluster.start(context.directory, context.profiler);
  const forget = context.onStop(() => cluster.stop());
  try {
    const memory = new Memory(cluster);
    const rates = await fill(context, cluster, memory, name, files, window);
    context.progress(`${name}: listing`);
    const listing = await list(cluster, name, files);
    memory.look();
    context.progress(`${name}: restarts`);
    const restarts: BenchResult[] = [];
    for (const role of ['metaserver', 'chunkserver'] as const) {
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        restarts.push(await restart(cluster, name, role, signal, files));
      }
    }
    return [...rates, ...memory.results(name), ...listing, ...restarts];
  } finally {
    forget();
    await cluster.stop();
  }
}

async function fill(
  { progress }: Pick<BenchContext, 'progress'>,
  cluster: MillionCluster,
  memory: Memory,
  name: string,
  files: number,
  window: number,
): Promise<BenchResult[]> {
  const { client } = cluster;
  const layout = { redundancy: 'copies-1', inlineBytes: 0 };
  for (const directory of ['/warm', '/many']) await client.mkdir(directory, { layout });
  progress(`${name}: warming up`);
  await inFlight(window, DEPTH, (index) => client.putFile(`/warm/${index}`, ZEROS));
  await inFlight(window, DEPTH, (index) => client.stat(`/warm/${index}`));

  const create = (phase: string, first: number, count: number) =>
    measurePhase(cluster, { name: `${name}/${phase}`, count, depth: DEPTH, bytes: 0 }, (index) =>
      client.putFile(`/many/${first + index}`, ZEROS),
    );
  const stat = (phase: string, of: number) =>
    measurePhase(cluster, { name: `${name}/${phase}`, count: window, depth: DEPTH, bytes: 0 }, (index) =>
      client.stat(`/many/${scatter(index, of)}`),
    );
  const firstCreate = await create('create-first', 0, window);
  const firstStat = await stat('stat-first', window);
  memory.look();
  let seconds = 0;
  for (let done = window; done < files - window; ) {
    const count = Math.min(PROGRESS_FILES, files - window - done);
    const from = performance.now();
    await inFlight(count, DEPTH, (index) => client.putFile(`/many/${done + index}`, ZEROS));
    const taken = (performance.now() - from) / 1000;
    done += count;
    seconds += taken;
    memory.look();
    progress(`${name}: ${done} files, ${Math.round(count / taken)} creates/s, ${memory}`);
  }
  const lastCreate = await create('create-last', files - window, window);
  const lastStat = await stat('stat-last', files);
  memory.look();
  return [
    compare(`${name}/create`, firstCreate, lastCreate),
    compare(`${name}/stat`, firstStat, lastStat),
    { name: `${name}/create-between`, value: (files - 2 * window) / seconds, unit: 'operations/s' },
  ];
}

/** The last operations beside as many first ones: by rate, and by CPU, which says more on a machine with other work. */
function compare(name: string, first: Phase, last: Phase): BenchResult {
  const before = Object.entries(cpuMicrosDetails([first])).map(([role, micros]) => [`${role} at first`, micros]);
  return {
    name,
    unit: 'operations/s',
    ...figures([last], rate),
    details: {
      [`at ${first.operations}`]: rate(first),
      'share of that': rate(last) / rate(first),
      'share by CPU': cpuTotal(first.cpu) / cpuTotal(last.cpu),
      ...cpuMicrosDetails([last]),
      ...Object.fromEntries(before),
    },
  };
}

/** Lists the whole directory as a stream; what the client holds meanwhile must not grow with it. */
async function list({ client }: MillionCluster, name: string, files: number): Promise<BenchResult[]> {
  let seen = 0;
  let heldBytes = 0;
  globalThis.gc?.();
  const before = process.memoryUsage();
  const seconds = await secondsOf(async () => {
    for await (const _ of client.list('/many')) {
      seen++;
      if (seen % LIST_LOOK_ENTRIES !== 0) continue;
      const { heapUsed, external } = process.memoryUsage();
      heldBytes = Math.max(heldBytes, heapUsed + external - before.heapUsed - before.external);
    }
  });
  if (seen !== files) throw new Error(`${seen} of ${files} entries were listed`);
  return [
    {
      name: `${name}/list`,
      value: files / seconds,
      unit: 'entries/s',
      details: { 'most MiB the client held more than before': heldBytes / MIB },
    },
  ];
}

/** From the start of the process until a client that knows nothing has what it asked for. */
async function restart(
  cluster: MillionCluster,
  name: string,
  role: Role,
  signal: 'SIGTERM' | 'SIGKILL',
  files: number,
): Promise<BenchResult> {
  const ending = await secondsOf(() => cluster.daemon(role).end(signal));
  const from = performance.now();
  cluster.begin(role);
  for (;;) {
    try {
      const client = await cluster.reconnect();
      const path = `/many/${scatter(1, files)}`;
      if (role === 'metaserver') await client.stat(path);
      else await client.getFile(path);
      break;
    } catch (error) {
      if (performance.now() - from > RESTART_MS_MAX) throw error;
      await sleep(RETRY_MS);
    }
  }
  const seconds = (performance.now() - from) / 1000;
  return {
    name: `${name}/restart-${role}-after-${signal}`,
    value: seconds,
    unit: 's',
    details: {
      'CPU-s until then': cpuSeconds([cluster.daemon(role).pid]),
      'seconds to end': ending,
      'MiB then': cluster.daemon(role).anonymousBytes() / MIB,
    },
  };
}

/** The most anonymous memory that was seen of each daemon. */
class Memory {
  readonly #cluster: MillionCluster;
  readonly #most: Record<Role, number> = { metaserver: 0, chunkserver: 0 };

  constructor(cluster: MillionCluster) {
    this.#cluster = cluster;
  }

  look(): void {
    for (const role of ['metaserver', 'chunkserver'] as const) {
      this.#most[role] = Math.max(this.#most[role], this.#cluster.daemon(role).anonymousBytes());
    }
  }

  toString(): string {
    const { metaserver, chunkserver } = this.#most;
    return `at most ${Math.round(metaserver / MIB)} MiB metaserver, ${Math.round(chunkserver / MIB)} MiB chunkserver`;
  }

  results(name: string): BenchResult[] {
    return (['metaserver', 'chunkserver'] as const).map((role) => ({
      name: `${name}/memory-${role}`,
      value: this.#most[role] / MIB,
      unit: 'MiB RssAnon',
      details: { 'after listing': this.#cluster.daemon(role).anonymousBytes() / MIB },
    }));
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1000;
}
