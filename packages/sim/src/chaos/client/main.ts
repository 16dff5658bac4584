/* A client in a process of its own: it makes the calls that come as messages, and tells how they ended. */

import { finished } from 'node:stream/promises';
import {
  type Client,
  type ConnectOptions,
  connect,
  type FileHandle,
  type Path,
  type PutOptions,
} from '@tessera/client';
import { SimulatedRandom } from '@tessera/env/simulated';
import { Draw } from '../../draw.js';
import type { FileAction } from '../../workload/shared-file.js';
import { askSharedFile } from '../../workload/shared-file-calls.js';
import { errorWords } from './error-words.js';
import { type Answer, type Ask, isPieces, type Pieces, SHARED_FILE } from './words.js';

type Callable = Record<string, (...args: unknown[]) => unknown>;

let client: Client | undefined;
const files = new Map<number, FileHandle>();
let opened = 0;

process.on('message', async (ask: Ask) => {
  process.send?.(await answer(ask));
});
// Whoever directed it is gone.
process.on('disconnect', () => process.exit());

async function answer(ask: Ask): Promise<Answer> {
  const { id } = ask;
  try {
    const value = await execute(ask);
    return { id, counters: client?.counters(), value };
  } catch (thrown) {
    return { id, counters: client?.counters(), error: errorWords(thrown) };
  }
}

async function execute({ method, handle, args }: Ask): Promise<unknown> {
  if (method === 'connect') {
    client = await connect(args[0] as ConnectOptions);
    return undefined;
  }
  if (client === undefined) throw new Error('the client is not connected');
  if (method === SHARED_FILE) {
    const [root, action, seed] = args as [string, FileAction, string];
    return askSharedFile(client, root, action, new Draw(new SimulatedRandom(seed)));
  }
  if (method === 'writeStream') {
    const [path, options, { pieces }] = args as [Path, PutOptions, Pieces];
    const stream = client.writeStream(path, options);
    for (const piece of pieces) stream.write(piece);
    stream.end();
    return finished(stream);
  }
  const target = (handle === undefined ? client : files.get(handle)) as unknown as Callable;
  const given = args.map((argument) => (isPieces(argument) ? oneByOne(argument.pieces) : argument));
  const result = target[method]?.(...given);
  if (isAsyncIterable(result)) return collect(result);
  const value = await result;
  if (method !== 'open') return value;
  files.set(++opened, value as FileHandle);
  return opened;
}

async function* oneByOne(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function isAsyncIterable(result: unknown): result is AsyncIterable<unknown> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}
