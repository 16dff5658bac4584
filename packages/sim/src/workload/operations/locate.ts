import type { ExtentInfo, FileLocation } from '@tessera/client';
import { parseRedundancy } from '@tessera/protocol';
import { resolveFile } from '../../model/reading.js';
import type { Turn } from '../turn.js';

/** Where a file's bytes lie. */
export async function locate(turn: Turn): Promise<void> {
  const { client, territory } = turn.actor;
  // Two looks: nothing may change between them.
  if (territory.worlds.unanswered > 0) return;
  const path = turn.filePath();
  const absolute = territory.absolute(path);
  const options = turn.options();
  const { redundancy, inlineBytes } = territory.directory;
  await turn.actor.look(
    `locate ${path}`,
    async () => ({
      locations: await client.locations(absolute, options),
      extents: await client.extents(absolute, options),
    }),
    (tree, seen) => {
      if ('lost' in seen) return false;
      const file = resolveFile(tree, path);
      if ('refusal' in seen) return file === seen.refusal;
      if (typeof file === 'string') return false;
      const { locations, extents } = seen.value;
      const bytes = file.tag.bytes <= inlineBytes ? 0 : file.tag.bytes;
      const { data, parity } = parseRedundancy(redundancy);
      const holdersMax = data === 1 ? 1 + parity : 1;
      return (
        covers(locations, bytes) &&
        locations.every(({ servers }) => servers.length >= 1 && servers.length <= Math.max(holdersMax, 1 + parity)) &&
        covers(extents.map(fileRange), bytes) &&
        extents.every((extent) => isSound(extent))
      );
    },
    ({ locations }) => locations.map(({ offset, bytes }) => `${bytes} from ${offset}`).join(', ') || 'nowhere',
  );
}

/** Whether ranges, in order and apart, are all of a file. */
function covers(ranges: readonly Pick<FileLocation, 'offset' | 'bytes'>[], fileBytes: number): boolean {
  let end = 0;
  for (const { offset, bytes } of ranges) {
    if (offset !== end || bytes <= 0) return false;
    end += bytes;
  }
  return end === fileBytes;
}

function fileRange({ fileOffset: offset, bytes }: ExtentInfo) {
  return { offset, bytes };
}

/** What a file refers to is live, and no two shards of a stripe are on one server. */
function isSound({ shard, companions, parity }: ExtentInfo): boolean {
  const servers = [shard, ...companions, ...parity].filter(({ state }) => state === 'live').map(({ server }) => server);
  return shard.state === 'live' && new Set(servers).size === servers.length;
}
