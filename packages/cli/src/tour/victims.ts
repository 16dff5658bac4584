import type { Client } from '@tessera/client';
import type { ProcessInfo } from '@tessera/client/local-cluster';
import { concurrently } from '../transfer/concurrently.js';
import { FILES_IN_FLIGHT_DEFAULT } from '../transfer/limits.js';

/** The chunkservers that hold most of these files' data segments: losing them hurts most. */
export async function mostNeeded(
  client: Client,
  paths: Iterable<string>,
  chunkservers: readonly ProcessInfo[],
  count: number,
  signal: AbortSignal,
): Promise<ProcessInfo[]> {
  const segments = new Map<string, number>();
  await concurrently(paths, FILES_IN_FLIGHT_DEFAULT, async (path) => {
    for (const { shard } of await client.extents(path, { signal })) {
      segments.set(shard.address, (segments.get(shard.address) ?? 0) + 1);
    }
  });
  const held = ({ address }: ProcessInfo) => segments.get(address ?? '') ?? 0;
  return [...chunkservers].sort((left, right) => held(right) - held(left)).slice(0, count);
}
