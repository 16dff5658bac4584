import { type Client, TesseraError } from '@tessera/client';
import { concurrently } from '../transfer/concurrently.js';
import { FILES_IN_FLIGHT_DEFAULT } from '../transfer/limits.js';
import { digestOf } from './digest.js';
import type { Step } from './step.js';
import type { Expected } from './store-images.js';

/** Reads every file of a directory and compares its SHA-256 with what was stored. */
export async function readBack(
  client: Client,
  directory: string,
  expected: Expected,
  title: string,
  signal: AbortSignal,
): Promise<Step> {
  const paths = [...expected.keys()].filter((path) => path.startsWith(`${directory}/`));
  const before = client.counters();
  const startedMs = performance.now();
  const failures: string[] = [];
  let bytes = 0;
  await concurrently(paths, FILES_IN_FLIGHT_DEFAULT, async (path) => {
    try {
      const found = await digestOf(client.readStream(path, { signal }));
      bytes += found.bytes;
      if (found.sha256 !== expected.get(path)) failures.push(`${path}: the bytes differ: SHA-256 ${found.sha256}`);
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = TesseraError.from(error);
      failures.push(`${path}: ${code}: ${message}`);
    }
  });
  const degraded = client.counters().degradedReads - before.degradedReads;
  const how = degraded > 0 ? `, ${degraded} ranges decoded from other shards` : '';
  return {
    title,
    files: paths.length - failures.length,
    bytes,
    elapsedMs: performance.now() - startedMs,
    result: failures.length > 0 ? `${failures.length} FAILED` : `SHA-256 identical${how}`,
    failures,
  };
}
