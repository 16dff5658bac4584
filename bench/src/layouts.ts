/** What the system is for: an image slice, incompressible. */
export const FILE_BYTES = 512 * 1024;

export const CHUNKSERVERS = 8;

/**
 * How many bodies of a file's size the ceiling writes for the file with this index: the same physical bytes as a stripe
 * of the redundancy, evenly.
 */
export function ceilingBodies(redundancy: string, index: number): number {
  const perFile = physicalPerLogical(redundancy);
  return Math.floor((index + 1) * perFile) - Math.floor(index * perFile);
}

/** Shards for each data shard. */
export function physicalPerLogical(redundancy: string): number {
  const [kind, first = '', second = ''] = redundancy.split('-');
  return kind === 'copies' ? Number(first) : (Number(first) + Number(second)) / Number(first);
}
