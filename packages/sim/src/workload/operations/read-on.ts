import { resolveFile } from '../../model/reading.js';
import { contentOf, firstDifference } from '../content.js';
import type { Turn } from '../turn.js';

const READS_MAX = 8;

/** Reads an open file from its beginning to its end, one piece after the other: it is read ahead on the way. */
export async function readOn(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  const { client, territory, books } = actor;
  // Opening and reading are many looks: nothing may change between them.
  if (territory.worlds.unanswered > 0) return;
  const path = turn.filePath();
  const options = turn.options();
  const reads = 2 + draw.below(READS_MAX);
  await actor.look(
    `read on ${path}, ${reads} times,`,
    async () => {
      const handle = await client.open(territory.absolute(path), 'r', options);
      const length = Math.ceil((handle.attributes.bytes + 1) / reads);
      const pieces: Uint8Array[] = [];
      for (let read = 0; read < reads; read++) pieces.push(await handle.read(read * length, length, options));
      await handle.close();
      return Buffer.concat(pieces);
    },
    (tree, seen) => {
      const found = resolveFile(tree, path);
      if ('lost' in seen) return typeof found !== 'string' && !books.durability.isOwed(found.tag);
      if ('refusal' in seen) return found === seen.refusal;
      return typeof found !== 'string' && firstDifference(seen.value, contentOf(found.tag)) === undefined;
    },
    (content) => `${content.length} bytes`,
  );
}
