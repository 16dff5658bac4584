/** Runs `work` for 0..count−1 with at most `depth` unfinished at a time; returns each one's latency in ms. */
export async function inFlight(
  count: number,
  depth: number,
  work: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const latencies = new Array<number>(count);
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      const from = performance.now();
      await work(index);
      latencies[index] = performance.now() - from;
    }
  };
  await Promise.all(Array.from({ length: Math.min(depth, count) }, lane));
  return latencies;
}
