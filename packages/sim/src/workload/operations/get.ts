import type { OperationOptions } from '@tessera/client';
import { resolveFile } from '../../model/reading.js';
import type { Tree } from '../../model/tree.js';
import type { Actor, Seen } from '../actor.js';
import { contentOf, firstDifference } from '../content.js';
import type { Turn } from '../turn.js';

const STREAM_SHARE = 0.3;

/** Reads a whole file. */
export async function get(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  // A stream ends with CHANGED when its file is replaced, which must then be possible.
  const streamed = draw.chance(STREAM_SHARE) && actor.territory.worlds.unanswered === 0;
  await getAt(actor, turn.filePath(), turn.options(), streamed);
}

export async function getAt(actor: Actor, path: string, options: OperationOptions, streamed: boolean): Promise<void> {
  const { client, territory } = actor;
  const absolute = territory.absolute(path);
  await actor.look(
    `get ${path}`,
    () => (streamed ? collect(client.readStream(absolute, options)) : client.getFile(absolute, options)),
    (tree, seen) => explains(actor, tree, path, seen),
    (content) => `${content.length} bytes`,
  );
}

/** Whether a tree has this content at a path, or may have lost it. */
function explains({ books }: Actor, tree: Tree, path: string, seen: Seen<Uint8Array>): boolean {
  const file = resolveFile(tree, path);
  if ('lost' in seen) return typeof file !== 'string' && !books.durability.isOwed(file.tag);
  if ('refusal' in seen) return file === seen.refusal;
  return typeof file !== 'string' && firstDifference(seen.value, contentOf(file.tag)) === undefined;
}

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
