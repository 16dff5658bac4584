/**
 * Memory that V8 may fill between two markings of its heap, about. What arrives from sockets lies outside of the heap, and V8
 * counts it against the heap's limit: with a small heap and a limit in proportion it marks everything again and again.
 * A marking costs by what lives, 70 MiB with full caches; so much between two of them keeps it below 3 % of the CPU.
 */
const HEADROOM_BYTES = 80 * 1024 * 1024;
/** What V8 may add in proportion to what lives. */
const GROWING_PERCENT_MIN = 50;
const GROWING_PERCENT_MAX = 400;
/** About so much of a full heap has proved to live, the rest is garbage. */
const LIVING_SHARE = 0.5;

/** How often the heap is looked at; it grows by some MiB meanwhile. */
export const HEAP_LOOK_MS = 1_000;

/**
 * V8's --heap-growing-percent for a heap of `usedBytes`, so that the limit it sets at the next marking leaves HEADROOM_BYTES:
 * a small heap grows fivefold, one with full caches about twofold. In proportion alone, the first would cost too much
 * CPU or the second too much memory.
 */
export function heapGrowingPercent(usedBytes: number): number {
  const percent = (100 * HEADROOM_BYTES) / (usedBytes * LIVING_SHARE);
  return Math.round(Math.min(GROWING_PERCENT_MAX, Math.max(GROWING_PERCENT_MIN, percent)));
}
