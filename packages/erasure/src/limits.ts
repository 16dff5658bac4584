/** Most data shards in one stripe. */
export const dataShardsMax = 32;

/** Most parity shards in one stripe. */
export const parityShardsMax = 16;

/** Kernel programs one codec remembers; each has at most 512 bytes of coefficients. Some lost disks need only a few. */
export const kernelProgramsMax = 256;

/**
 * Memory in which the SIMD kernel works on one strip of every shard at a time. Half a MiB leaves room in a 1 MiB
 * second-level cache; docs/internals/erasure.md has the measurements.
 */
export const kernelArenaBytes = 512 * 1024;

/** Memory inside the library through which shards pass a strip at a time. It is allocated once, on first use. */
export const libraryArenaBytes = 4 * 1024 * 1024;
