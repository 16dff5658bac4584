import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Client, TesseraError } from '@tessera/client';

export interface DownloadOptions {
  replace: boolean;
  signal: AbortSignal;
}

/**
 * Copies a remote file to a local one; answers its length in bytes. The local name appears only once all bytes are
 * there. @throws TesseraError EXISTS unless `replace`, and what reading throws
 */
export async function download(
  client: Client,
  remote: string,
  local: string,
  { replace, signal }: DownloadOptions,
): Promise<number> {
  if (!replace && (await exists(local))) throw new TesseraError('EXISTS', `local file ${local} exists already`);
  const part = path.join(
    path.dirname(local),
    `.${path.basename(local).slice(0, 200)}.${randomBytes(6).toString('hex')}`,
  );
  const file = await open(part, 'wx');
  let bytes = 0;
  try {
    try {
      for await (const piece of client.readStream(remote, { signal })) {
        await file.writeFile(piece);
        bytes += piece.length;
      }
    } finally {
      await file.close();
    }
    await rename(part, local);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  return bytes;
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
