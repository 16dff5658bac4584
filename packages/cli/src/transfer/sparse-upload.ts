import type { Client, PutResult } from '@tessera/client';
import { cutAtHoles } from './holes.js';

export interface SparseUploadOptions {
  replace: boolean;
  makeParents: boolean;
  modifiedNs: bigint;
  mode?: number;
  signal: AbortSignal;
}

/**
 * Stores content of this length with its runs of zeros as holes, under the name `part` first: the file is there whole, or
 * not at all. @throws TesseraError EXISTS, …
 */
export async function uploadSparse(
  client: Client,
  { path, part, bytes }: { path: string; part: string; bytes: number },
  content: AsyncIterable<Uint8Array>,
  { replace, makeParents, modifiedNs, mode, signal }: SparseUploadOptions,
): Promise<Partial<PutResult> & Pick<PutResult, 'attributes'>> {
  const file = await client.open(part, 'w', { makeParents, signal, ...(mode === undefined ? {} : { mode }) });
  try {
    let offset = 0;
    for await (const piece of content) {
      for (const run of cutAtHoles(piece, offset)) {
        if (!run.isHole) await file.write(run.offset, run.bytes, { signal });
      }
      offset += piece.length;
    }
    await file.truncate(bytes, { signal });
    await file.close();
    await client.setAttributes(part, { modifiedNs }, { signal });
    return { attributes: await client.rename(part, path, { replace, signal }) };
  } catch (error) {
    // Without the signal, which may be why.
    await file
      .writableStream()
      .abort(error)
      .catch(() => {});
    await client.remove(part).catch(() => {});
    throw error;
  }
}
