import { TesseraError, v1 } from '@tessera/protocol';
import { decodeHeader, shardKeyOf } from './decode.js';
import type { Reply, Service } from './service.js';

/** Deletes a shard on the word of the newest metaserver. @throws FrameError; TesseraError DEPOSED, DISK_FULL, … */
export async function serveDelete({ store, identity }: Service, header: Uint8Array): Promise<Reply> {
  const request = decodeHeader(v1.DeleteRequest, header);
  const key = shardKeyOf(request);
  const { eraSeen } = identity.current;
  if (request.era < eraSeen) {
    throw new TesseraError(
      'DEPOSED',
      `the delete comes from era ${request.era}; this disk has seen era ${eraSeen}: only the newest metaserver may delete`,
    );
  }
  await identity.sawEra(request.era);
  const existed = await store.delete(key, request.era);
  return { header: v1.DeleteReply.encode({ existed }).finish(), body: [] };
}
