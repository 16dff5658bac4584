import { resolveFile } from '../../model/reading.js';
import { contentOf, firstDifference } from '../content.js';
import type { Turn } from '../turn.js';

/** Opens a file and reads parts of it, some past its end. */
export async function readRange(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  const { client, territory, books } = actor;
  // Opening and reading are two looks: nothing may change between them.
  if (territory.worlds.unanswered > 0) return;
  const path = turn.filePath();
  const options = turn.options();
  const file = resolveFile(territory.worlds.someTree(), path);
  const bytes = typeof file === 'string' ? 0 : file.tag.bytes;
  const offset = draw.below(bytes + 10);
  const length = draw.below(bytes + 10);
  await actor.look(
    `read ${path} from ${offset}, ${length} bytes,`,
    async () => {
      const handle = await client.open(territory.absolute(path), 'r', options);
      return handle.read(offset, length, options);
    },
    (tree, seen) => {
      const found = resolveFile(tree, path);
      if ('lost' in seen) return typeof found !== 'string' && !books.durability.isOwed(found.tag);
      if ('refusal' in seen) return found === seen.refusal;
      if (typeof found === 'string') return false;
      return firstDifference(seen.value, contentOf(found.tag).subarray(offset, offset + length)) === undefined;
    },
    (part) => `${part.length} bytes`,
  );
}
