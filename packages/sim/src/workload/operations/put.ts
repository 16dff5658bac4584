import type { Writable } from 'node:stream';
import type { Content, PutResult } from '@tessera/client';
import { parseRedundancy } from '@tessera/protocol';
import type { Mutation } from '../../model/mutation.js';
import type { Actor } from '../actor.js';
import { type ContentTag, contentOf } from '../content.js';
import type { Turn } from '../turn.js';

/** Share of puts that hand their content over in pieces. */
const STREAMED_SHARE = 0.15;
/** Share of the others that go through a Node stream. */
const WRITE_STREAM_SHARE = 0.1;
const PIECES = 5;

/** Puts a file where there may be one already. */
export async function put(turn: Turn): Promise<void> {
  const { draw } = turn;
  const path = draw.chance(0.3) ? turn.filePath() : turn.path();
  await putAt(turn, path, draw.chance(0.5));
}

/** Puts new content at a path and writes down what that means for the oracles. */
export async function putAt(turn: Turn, path: string, replace: boolean): Promise<void> {
  const { actor, draw } = turn;
  const tag = actor.books.newContent(turn.fileBytes());
  const options = { ...turn.options(), replace };
  const content = contentOf(tag);
  const given = draw.chance(STREAMED_SHARE) ? inPieces(content) : content;
  await putContent(actor, { type: 'put', path, tag, replace }, given, options, draw.chance(WRITE_STREAM_SHARE));
}

export async function putContent(
  actor: Actor,
  mutation: Extract<Mutation, { type: 'put' }>,
  content: Content,
  options: { deadlineMs?: number; replace: boolean },
  isWriteStream = false,
): Promise<PutResult | undefined> {
  const { client, territory, books } = actor;
  const fromMs = books.nowMs();
  let result: PutResult | undefined;
  try {
    const path = territory.absolute(mutation.path);
    result = await actor.mutate<PutResult | undefined>(mutation, () =>
      isWriteStream && content instanceof Uint8Array
        ? writeOut(client.writeStream(path, options), content)
        : client.putFile(path, content, options),
    );
  } finally {
    if (territory.directory.durability === 'written') noteWritten(actor, mutation.tag, fromMs, result);
  }
  if (result) books.identities.note(mutation.tag, result.attributes.inode);
  return result;
}

function noteWritten({ territory, books }: Actor, tag: ContentTag, fromMs: number, result?: PutResult): void {
  const { parity } = parseRedundancy(territory.directory.redundancy);
  // The least that a commit takes, unless it said that it has more.
  const least = parity === 0 ? 0 : Math.max(1, parity - 1);
  const isFull = result !== undefined && result.protection !== 'degraded';
  books.durability.written(tag, { fromMs, toMs: books.nowMs(), parity: isFull ? parity : least });
}

/** Nothing is told of a file that is written as a stream. */
function writeOut(stream: Writable, content: Uint8Array): Promise<undefined> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject).once('finish', () => resolve(undefined));
    const bytes = Math.max(1, Math.ceil(content.length / PIECES));
    for (let at = 0; at < content.length; at += bytes) stream.write(content.subarray(at, at + bytes));
    stream.end();
  });
}

async function* inPieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = Math.max(1, Math.ceil(content.length / PIECES));
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}
