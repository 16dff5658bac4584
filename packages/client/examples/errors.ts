// Every failure is a TesseraError whose code says what to do.
import { type Client, connect, TesseraError } from '@tessera/client';

/** Stores an image once; says whether it was new. */
async function storeOnce(client: Client, path: string, image: Uint8Array): Promise<boolean> {
  try {
    await client.putFile(path, image, { makeParents: true, deadlineMs: 30_000 });
    return true;
  } catch (thrown) {
    const error = TesseraError.from(thrown);
    switch (error.code) {
      case 'EXISTS': // somebody stored it before
        return false;
      case 'UNAVAILABLE': // the cluster, or enough of it, cannot be reached
      case 'NOT_ENOUGH_SERVERS':
      case 'OVERLOADED':
        throw new Error(`try ${path} again later`, { cause: error });
      case 'DEADLINE_EXCEEDED': // it may have been stored all the same: look
      case 'OUTCOME_UNKNOWN':
        return (await client.stat(path)).bytes === image.length;
      default: // the message says what was wrong, what was expected, and what to do
        throw error;
    }
  }
}

const client = await connect({ metaserver: process.env.TESSERA_METASERVER ?? '127.0.0.1:7070' });
try {
  const image = new Uint8Array(1_000).fill(1);
  console.log(await storeOnce(client, '/errors/slice.dcm', image)); // true
  console.log(await storeOnce(client, '/errors/slice.dcm', image)); // false

  const missing = await client.getFile('/errors/nowhere.dcm').catch(TesseraError.from);
  if (missing instanceof TesseraError) console.log(missing.code); // NOT_FOUND

  const cancelled = await client.getFile('/errors/slice.dcm', { signal: AbortSignal.abort() }).catch(TesseraError.from);
  if (cancelled instanceof TesseraError) console.log(cancelled.code); // CANCELLED
} finally {
  await client.close();
}
