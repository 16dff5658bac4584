import { createRealEnv } from '@tessera/env';
import { TesseraError } from '@tessera/protocol';
import type { Group } from './api.js';
import { GROUP_DEADLINE_MS_DEFAULT, RANKS_MAX } from './limits.js';
import { memoryChannels } from './memory-channel.js';
import { Mesh, type MeshOptions } from './mesh.js';
import { RankGroup } from './rank-group.js';

/**
 * A group whose ranks are all in this process, by rank: to try out what is written for several.
 * @throws TesseraError INVALID_ARGUMENT
 */
export function localGroup(size: number, { deadlineMs = GROUP_DEADLINE_MS_DEFAULT } = {}): Group[] {
  if (!(Number.isSafeInteger(size) && size >= 1 && size <= RANKS_MAX)) {
    throw new TesseraError('INVALID_ARGUMENT', `size is ${size}; a whole number from 1 to ${RANKS_MAX} is expected`);
  }
  const { clock } = createRealEnv();
  return localMeshes({ size, clock, deadlineMs }).map((mesh) => new RankGroup(mesh, async () => {}));
}

export function localMeshes({ size, clock, deadlineMs }: Omit<MeshOptions, 'rank'>): Mesh[] {
  const meshes = Array.from({ length: size }, (_, rank) => new Mesh({ rank, size, clock, deadlineMs }));
  for (const [right, mesh] of meshes.entries()) {
    for (const [left, other] of meshes.slice(0, right).entries()) {
      const [toRight, toLeft] = memoryChannels(other.eventsOf(right), mesh.eventsOf(left));
      other.attach(right, toRight);
      mesh.attach(left, toLeft);
    }
  }
  return meshes;
}
