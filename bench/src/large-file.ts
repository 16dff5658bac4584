import type { Client } from '@tessera/client';
import type { Place } from './ceiling/rig.js';
import { type Contents, expectSame } from './contents.js';
import { inFlight } from './in-flight.js';
import type { Stage } from './stage.js';

export const PART_BYTES = 1024 * 1024;
export const LARGE_BYTES = 2 ** 30;
export const LARGE_BYTES_QUICK = 2 ** 28;

/** The large file's bytes in order, in parts of PART_BYTES. */
export function* largeContent(contents: Contents, bytes: number): Generator<Uint8Array> {
  for (let part = 0; part < bytes / PART_BYTES; part++) yield contents.bytes(part, PART_BYTES);
}

/** What the large file has at an offset, up to the end of the part. */
export function largeContentAt(contents: Contents, offset: number, length: number): Uint8Array {
  const part = Math.floor(offset / PART_BYTES);
  return contents.bytes(part, PART_BYTES).subarray(offset % PART_BYTES, (offset % PART_BYTES) + length);
}

export async function putLarge(client: Client, path: string, contents: Contents, bytes: number): Promise<void> {
  const stream = async function* () {
    yield* largeContent(contents, bytes);
  };
  await client.putFile(path, stream());
}

/** Reads the whole file in order and compares all of it. */
export async function readLarge(client: Client, path: string, contents: Contents, bytes: number): Promise<void> {
  let offset = 0;
  for await (const piece of client.readStream(path)) {
    for (let at = 0; at < piece.length; ) {
      const wanted = largeContentAt(contents, offset, piece.length - at);
      expectSame(piece.subarray(at, at + wanted.length), wanted);
      at += wanted.length;
      offset += wanted.length;
    }
  }
  if (offset !== bytes) throw new Error(`read ${offset} of ${bytes} bytes`);
}

/** The same parts on the ceiling, `perPart` bodies of each; answers where each part lies. */
export async function writeLargeToCeiling(
  { rig, contents }: Pick<Stage, 'rig' | 'contents'>,
  bytes: number,
  depth: number,
  bodiesOf: (part: number) => number,
): Promise<{ places: Place[]; latenciesMs: number[] }> {
  const places: Place[] = [];
  const latenciesMs = await inFlight(bytes / PART_BYTES, depth, async (part) => {
    const body = contents.bytes(part, PART_BYTES);
    const written = Array.from({ length: bodiesOf(part) }, () => rig.write(body, true));
    places[part] = (await Promise.all(written))[0] as Place;
  });
  return { places, latenciesMs };
}
