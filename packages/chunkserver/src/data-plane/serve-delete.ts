import { TesseraError, v1 } from '@tessera/protocol';
import { decodeHeader, shardKeyOf } from './decode.js';
import type { Reply, Service } from './service.js';

/**
 * Deletes a shard on the word of the newest metaserver. Anybody may send this frame, so it teaches the disk no era: that
 * does only the metaserver that the disk itself reports to.
 * @throws FrameError; TesseraError DEPOSED, UNAVAILABLE, DISK_FULL, …
 */
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
  if (request.era > eraSeen) {
    throw new TesseraError(
      'UNAVAILABLE',
      `the delete comes from era ${request.era}; this disk's metaserver is of era ${eraSeen} so far: try again after its next heartbeat`,
    );
  }
  const existed = await store.delete(key, request.era);
  return { header: v1.DeleteReply.encode({ existed }).finish(), body: [] };
}
