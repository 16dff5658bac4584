import { Writable } from 'node:stream';
import type { Client, ClientCounters, FileHandle } from '@tessera/client';
import type { askSharedFile } from '../../workload/shared-file-calls.js';
import { type Pieces, SHARED_FILE } from './words.js';

/** Has a client process make a call, of an open file when `handle` is given. */
export type AskProcess = (method: string, args: readonly unknown[], handle?: number) => Promise<unknown>;

const CALLS = [
  'close',
  'clusterMap',
  'clusterStatus',
  'extents',
  'getFile',
  'link',
  'locations',
  'mkdir',
  'putFile',
  'remove',
  'rename',
  'servers',
  'stat',
  'statfs',
  'symlink',
] as const satisfies readonly (keyof Client)[];
const LISTS = ['list', 'readStream'] as const satisfies readonly (keyof Client)[];
const FILE_CALLS = ['close', 'read'] as const satisfies readonly (keyof FileHandle)[];
const SEEDS = 2 ** 31;

/** A client that lives in another process: what lanes and rivals call of the SDK, and its process. */
export interface RemoteClient extends Client {
  readonly ask: AskProcess;
}

/** `counters` are those that came with the last answer. */
export function remoteClient(ask: AskProcess, counters: () => ClientCounters): RemoteClient {
  const fileOf = (handle: number) =>
    Object.fromEntries(FILE_CALLS.map((method) => [method, (...args: unknown[]) => ask(method, args, handle)]));
  const call =
    (method: string) =>
    async (...args: unknown[]) =>
      ask(method, await Promise.all(args.map(sendable)));
  const list = (method: string) =>
    async function* (...args: unknown[]) {
      yield* (await ask(method, args)) as unknown[];
    };
  return {
    ...Object.fromEntries(CALLS.map((method) => [method, call(method)])),
    ...Object.fromEntries(LISTS.map((method) => [method, list(method)])),
    open: async (...args: unknown[]) => fileOf((await ask('open', args)) as number),
    writeStream: (...args: unknown[]) => gathering((pieces) => ask('writeStream', [...args, { pieces }])),
    counters,
    ask,
  } as unknown as RemoteClient;
}

/** `askSharedFile` in the client's process: what it does with an open file does not travel well. */
export const askSharedFileRemotely: typeof askSharedFile = async (client, root, action, draw) => {
  const answer = await (client as RemoteClient).ask(SHARED_FILE, [root, action, String(draw.below(SEEDS))]);
  return answer as Awaited<ReturnType<typeof askSharedFile>>;
};

/** Hands over all that was written to it when it ends. */
function gathering(send: (pieces: readonly Uint8Array[]) => Promise<unknown>): Writable {
  const pieces: Uint8Array[] = [];
  return new Writable({
    write(piece: Uint8Array, _encoding, done) {
      pieces.push(piece);
      done();
    },
    final(done) {
      send(pieces).then(() => done(), done);
    },
  });
}

/** Content in pieces cannot be sent while it comes. */
async function sendable(argument: unknown): Promise<unknown> {
  if (typeof argument !== 'object' || argument === null || !(Symbol.asyncIterator in argument)) return argument;
  const pieces: Uint8Array[] = [];
  for await (const piece of argument as AsyncIterable<Uint8Array>) pieces.push(piece);
  return { pieces } satisfies Pieces;
}
