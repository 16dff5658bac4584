import { randomBytes } from 'node:crypto';
import { type Client, type DirectoryLayout, TesseraError } from '@tessera/client';
import { joinRemote } from '../remote-path.js';
import { type PhaseResult, phaseResult, timePhase } from './phase.js';

export interface BenchPlan {
  /** Where the bench makes its directory. */
  path: string;
  files: number;
  /** Of each file. */
  bytes: number;
  jobs: number;
  layout: Partial<DirectoryLayout>;
}

export interface BenchSpace {
  /** 0 when all files live in their inodes. */
  meanSegmentsPerStripe: number;
  physicalPerLogical: number;
}

/** Time to take away what was made, also after Ctrl-C. */
const CLEANING_MS_MAX = 30_000;

/**
 * Writes, reads back, stats, lists and removes files in a directory of its own, which is gone in the end, however it
 * ends. @throws TesseraError CORRUPT when bytes come back other than they went
 */
export async function benchCluster(
  client: Client,
  plan: BenchPlan,
  signal: AbortSignal,
  tell: (result: PhaseResult) => void,
): Promise<BenchSpace> {
  const directory = joinRemote(plan.path, `tessera-bench-${randomBytes(6).toString('hex')}`);
  await client.mkdir(directory, { layout: plan.layout, signal });
  try {
    return await runPhases(client, directory, plan, signal, tell);
  } finally {
    await clean(client, directory);
  }
}

async function runPhases(
  client: Client,
  directory: string,
  { files, bytes, jobs }: BenchPlan,
  signal: AbortSignal,
  tell: (result: PhaseResult) => void,
): Promise<BenchSpace> {
  const template = randomBytes(bytes);
  const name = (index: number) => `${directory}/${index}`;
  const phase = (title: string, moved: number, call: (index: number) => Promise<unknown>) =>
    timePhase(title, { files, jobs, bytes: moved }, signal, async (index) => {
      await call(index);
    }).then(tell);
  const before = client.counters();
  await phase('write', bytes, (index) => client.putFile(name(index), contentOf(template, index), { signal }));
  const after = client.counters();
  await phase('read', bytes, async (index) => {
    const read = await client.getFile(name(index), { signal });
    if (Buffer.compare(read, contentOf(template, index)) !== 0) {
      throw new TesseraError('CORRUPT', `${name(index)} came back with other bytes than it was written with`);
    }
  });
  await phase('stat', 0, (index) => client.stat(name(index), { signal }));
  tell(await list(client, directory, files, signal));
  await phase('remove', 0, (index) => client.remove(name(index), { signal }));
  return spaceBetween(before, after);
}

/** Each file differs from the others, by its number in its first bytes. */
function contentOf(template: Uint8Array, index: number): Uint8Array {
  const content = Buffer.from(template);
  content.write(String(index), 'latin1');
  return content;
}

async function list(client: Client, directory: string, files: number, signal: AbortSignal): Promise<PhaseResult> {
  const startedMs = performance.now();
  let seen = 0;
  for await (const _ of client.readdirPlus(directory, { signal })) seen += 1;
  if (seen !== files) {
    throw new TesseraError('DATA_LOSS', `${directory} lists ${seen} files, but ${files} were written`);
  }
  return phaseResult('list', seen, 0, performance.now() - startedMs);
}

function spaceBetween(before: Counters, after: Counters): BenchSpace {
  const segments = after.segmentsWritten - before.segmentsWritten;
  const stripes = after.stripesWritten - before.stripesWritten;
  const logical = after.logicalBytesWritten - before.logicalBytesWritten;
  const physical = after.physicalBytesWritten - before.physicalBytesWritten;
  return {
    meanSegmentsPerStripe: stripes > 0 ? segments / stripes : 0,
    physicalPerLogical: logical > 0 ? physical / logical : 0,
  };
}

type Counters = ReturnType<Client['counters']>;

/** Without the command's signal, which may have been what ended it. */
async function clean(client: Client, directory: string): Promise<void> {
  await client.remove(directory, { recursive: true, deadlineMs: CLEANING_MS_MAX });
}
