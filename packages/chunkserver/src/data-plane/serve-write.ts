import { computeReceipt, encodeId, v1 } from '@tessera/protocol';
import { checkWrite } from './check-write.js';
import { decodeHeader } from './decode.js';
import type { Reply, Service } from './service.js';

const { DURABILITY_SYNCED, DURABILITY_WRITTEN } = v1.Durability;

/**
 * Puts a shard and answers with its receipt. `onTaken` is called when the body is not needed any more.
 * @throws FrameError; TesseraError INVALID_ARGUMENT, CORRUPT, CONFLICT, DISK_FULL, DISK_FAILED
 */
export async function serveWrite(
  { store, identity }: Service,
  header: Uint8Array,
  body: Uint8Array,
  onTaken: () => void,
): Promise<Reply> {
  const request = decodeHeader(v1.WriteRequest, header);
  const put = checkWrite(request, body);
  const { length } = body;
  const lsn = await store.put(put);
  onTaken();
  const durability = request.durability === DURABILITY_WRITTEN ? DURABILITY_WRITTEN : DURABILITY_SYNCED;
  if (durability === DURABILITY_SYNCED) await store.durable(lsn);
  const { server, receiptKey } = identity.current;
  const { pg, stripe, slot, position, root } = put;
  const receipt = computeReceipt(receiptKey, { pg, stripe, slot, position, length, root, server, durability });
  return { header: v1.WriteReply.encode({ server, root: encodeId(root), receipt, durability }).finish(), body: [] };
}
