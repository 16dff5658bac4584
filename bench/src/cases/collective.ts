import { once } from 'node:events';
import { createServer } from 'node:net';
import type { BenchCase } from '../bench-case.js';
import { startClientProcesses } from '../client-process/client-processes.js';
import type { Job } from '../client-process/job.js';
import { expectSame } from '../contents.js';
import { flushPageCache } from '../page-cache.js';
import { cpuDetails, figures, measureWhole, megabytesPerSecond, type Phase } from '../phase.js';
import { type BenchResult, median } from '../result.js';
import type { Stage } from '../stage.js';

const PROCESSES = 8;
const PIECE_BYTES = 4 * 1024;
const FILE_BYTES = 64 * 1024 * 1024;
const FILE_BYTES_QUICK = 64 * 1024 * 1024;
const REDUNDANCY = 'rs-4-2';

/** Eight processes, each of which has every eighth piece of one file: written by `writeAll`, beside each for itself. */
export const collective: BenchCase = {
  name: 'collective',
  summary: `${PROCESSES} processes write strided pieces of 4 KiB of one 64 MiB file, ${REDUNDANCY}: together, beside each for itself`,
  variants: ['collective'],
  isDefault: true,
  async run({ repetitions, isQuick, stage, profiler, progress }) {
    const bytes = isQuick ? FILE_BYTES_QUICK : FILE_BYTES;
    const together: Phase[] = [];
    const alone: Phase[] = [];
    for (let round = 0; round < repetitions; round++) {
      progress(`collective, round ${round + 1} of ${repetitions}`);
      const set = await stage();
      const processes = await startClientProcesses(set.cluster, PROCESSES, profiler);
      try {
        for (const [kind, into] of [
          ['write-alone', []],
          ['write-together', []],
          ['write-alone', alone],
          ['write-together', together],
        ] as const) {
          const path = await makeFile(set);
          const address = await freeAddress();
          const plan = { name: `collective/${kind}`, operations: bytes / PIECE_BYTES, bytes };
          const phase = await measureWhole(processes, plan, () =>
            processes.run(
              (process): Job => ({
                kind,
                path,
                address,
                process,
                processes: PROCESSES,
                pieceBytes: PIECE_BYTES,
                pieces: bytes / PIECE_BYTES / PROCESSES,
              }),
            ),
          );
          (into as Phase[]).push(phase);
          await check(set, path, bytes);
          await flushPageCache();
        }
      } finally {
        await processes.stop();
      }
    }
    return summarise(together, alone);
  },
};

async function makeFile({ cluster, freshDirectory }: Stage): Promise<string> {
  const parent = freshDirectory();
  await cluster.client.mkdir(parent, { layout: { redundancy: REDUNDANCY } });
  await cluster.client.putFile(`${parent}/shared`, new Uint8Array(0));
  return `${parent}/shared`;
}

/** Byte for byte: piece n of the file is part n of the content, whoever wrote it. */
async function check({ cluster, contents }: Stage, path: string, bytes: number): Promise<void> {
  const whole = await cluster.client.getFile(path);
  if (whole.length !== bytes) throw new Error(`${path} has ${whole.length} of ${bytes} bytes`);
  for (let piece = 0; piece < bytes / PIECE_BYTES; piece++) {
    const at = piece * PIECE_BYTES;
    expectSame(whole.subarray(at, at + PIECE_BYTES), contents.bytes(piece, PIECE_BYTES));
  }
}

/** Of a port that was free a moment ago. */
async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a server on a port has none');
  return `127.0.0.1:${address.port}`;
}

function summarise(together: readonly Phase[], alone: readonly Phase[]): BenchResult[] {
  const value = megabytesPerSecond;
  return [
    { name: 'collective/alone', unit: 'MB/s', ...figures(alone, value), details: cpuDetails(alone) },
    {
      name: 'collective',
      unit: 'MB/s',
      ...figures(together, value),
      details: {
        'times each for itself': median(together.map((phase, index) => value(phase) / value(alone[index] as Phase))),
        ...cpuDetails(together),
      },
    },
  ];
}
