import type { BenchCase, BenchContext } from '../bench-case.js';
import { type ClientProcesses, startClientProcesses } from '../client-process/client-processes.js';
import { doJob, type Job } from '../client-process/job.js';
import { cpuMicrosDetails, figures, measureWhole, type Phase, rate, type Subject } from '../phase.js';
import type { BenchResult } from '../result.js';
import type { Stage } from '../stage.js';

/** In flight over all client processes together. */
const DEPTH = 64;
const PROCESSES = [1, 8];
const FILES = 20_000;
/** Of each process of its own, before any clock: their V8 is cold. */
const WARM_FILES = 1_000;

const OPERATIONS = ['create', 'stat', 'list', 'rename', 'remove'] as const;
type Operation = (typeof OPERATIONS)[number];

/** A client, or several, and how to make them work at once. */
interface Crew {
  subject: Subject;
  processes: number;
  run(jobOf: (process: number) => Job): Promise<readonly number[]>;
}

/** Empty files in one directory. `list` is one listing of the whole directory by each process. */
export const namespaceRates: BenchCase = {
  name: 'namespace',
  summary: `create, stat, list, rename, remove of ${FILES} empty files in one directory, ${DEPTH} in flight over all clients`,
  variants: PROCESSES.map((processes) => `namespace/${processes}`),
  isDefault: true,
  async run(context) {
    const results: BenchResult[] = [];
    for (const processes of PROCESSES) {
      const name = `namespace/${processes}`;
      if (context.variants.includes(name)) results.push(...(await measure(context, name, processes)));
    }
    return results;
  },
};

async function measure(context: BenchContext, name: string, processes: number): Promise<BenchResult[]> {
  const { repetitions, isQuick, stage, profiler, progress } = context;
  const set = await stage();
  const others = processes === 1 ? undefined : await startClientProcesses(set.cluster, processes, profiler);
  const crew = others === undefined ? ownCrew(set) : crewOf(others, processes);
  const phases: Record<Operation, Phase[]> = { create: [], stat: [], list: [], rename: [], remove: [] };
  try {
    progress(`${name}: warming up`);
    await round(set, crew, name, WARM_FILES * processes);
    for (let index = 0; index < repetitions; index++) {
      progress(`${name}, round ${index + 1} of ${repetitions}`);
      const taken = await round(set, crew, name, isQuick ? FILES / 4 : FILES);
      for (const operation of OPERATIONS) phases[operation].push(taken[operation]);
    }
  } finally {
    await others?.stop();
  }
  return OPERATIONS.map((operation) => ({
    name: `${name}/${operation}`,
    unit: operation === 'list' ? 'entries/s' : 'operations/s',
    ...figures(phases[operation], rate),
    details: cpuMicrosDetails(phases[operation]),
  }));
}

async function round(set: Stage, crew: Crew, name: string, files: number): Promise<Record<Operation, Phase>> {
  const directory = set.freshDirectory();
  await set.cluster.client.mkdir(directory);
  const count = files / crew.processes;
  const phase = (operation: Operation) =>
    measureWhole(
      crew.subject,
      { name: `${name}/${operation}`, operations: operation === 'list' ? files * crew.processes : files, bytes: 0 },
      () =>
        crew.run((process) =>
          operation === 'list'
            ? { kind: 'list', directory, entries: files }
            : { kind: operation, prefix: `${directory}/${process}-`, count, depth: DEPTH / crew.processes },
        ),
    );
  const create = await phase('create');
  const stat = await phase('stat');
  const list = await phase('list');
  const rename = await phase('rename');
  return { create, stat, list, rename, remove: await phase('remove') };
}

function ownCrew({ cluster, contents }: Stage): Crew {
  return { subject: cluster, processes: 1, run: (jobOf) => doJob(cluster.client, contents, jobOf(0)) };
}

function crewOf(subject: ClientProcesses, processes: number): Crew {
  return { subject, processes, run: (jobOf) => subject.run(jobOf) };
}
