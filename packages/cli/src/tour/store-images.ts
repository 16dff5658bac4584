import { createReadStream } from 'node:fs';
import type { Client, Protection, PutEntry } from '@tessera/client';
import { joinRemote } from '../remote-path.js';
import { FILES_IN_FLIGHT_DEFAULT } from '../transfer/limits.js';
import { localContent } from '../transfer/local-content.js';
import { digestOf } from './digest.js';
import type { Image } from './images.js';
import type { Step } from './step.js';

/** SHA-256 of what the cluster ought to hold, by remote path. */
export type Expected = Map<string, string>;

/** Stores the images in a directory of the given redundancy, and adds their checksums to `expected`. */
export async function storeImages(
  client: Client,
  images: readonly Image[],
  directory: string,
  redundancy: string,
  expected: Expected,
  signal: AbortSignal,
): Promise<Step> {
  await client.mkdir(directory, { parents: true, layout: { redundancy }, signal });
  for (const { local, relative } of images) {
    expected.set(joinRemote(directory, relative), (await digestOf(createReadStream(local))).sha256);
  }
  const before = client.counters();
  const startedMs = performance.now();
  const protections = new Set<Protection>();
  const failures: string[] = [];
  let bytes = 0;
  const options = { concurrency: FILES_IN_FLIGHT_DEFAULT, makeParents: true, signal };
  for await (const outcome of client.putMany(entries(images, directory), options)) {
    if (outcome.ok) {
      protections.add(outcome.result.protection);
      bytes += outcome.result.attributes.bytes;
    } else {
      failures.push(`${outcome.path}: ${outcome.error.code}: ${outcome.error.message}`);
    }
  }
  signal.throwIfAborted();
  const after = client.counters();
  const logical = after.logicalBytesWritten - before.logicalBytesWritten;
  const physical = after.physicalBytesWritten - before.physicalBytesWritten;
  const space = logical > 0 ? `, ${(physical / logical).toFixed(2)} × space` : '';
  return {
    title: `store as ${redundancy}`,
    files: images.length - failures.length,
    bytes,
    elapsedMs: performance.now() - startedMs,
    result: failures.length > 0 ? `${failures.length} FAILED` : `protection ${[...protections].join(' and ')}${space}`,
    failures,
  };
}

async function* entries(images: readonly Image[], directory: string): AsyncGenerator<PutEntry> {
  for (const { local, relative, bytes } of images) {
    yield { path: joinRemote(directory, relative), content: await localContent(local, bytes) };
  }
}
