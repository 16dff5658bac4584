import { TesseraError, v1 } from '@tessera/protocol';
import { planHeader } from '../store/read-plan.js';
import { decodeHeader, shardKeyOf } from './decode.js';
import type { Reply, Service } from './service.js';

/** Says what a shard's record carries of its stripe. @throws FrameError; TesseraError NOT_FOUND, CORRUPT, … */
export async function serveDescribe({ store }: Service, header: Uint8Array): Promise<Reply> {
  const [entry] = await store.locate([shardKeyOf(decodeHeader(v1.DescribeRequest, header))]);
  if (entry === undefined || entry instanceof TesseraError) throw entry;
  const { header: record, buffers } = await store.read(entry, planHeader(entry));
  const { dataCount, parityCount, slots } = record.description;
  const description = { dataCount, parityCount, slots: slots.map((slot) => ({ ...slot })) };
  const reply = v1.DescribeReply.encode({ position: record.position, description }).finish();
  store.release(buffers);
  return { header: reply, body: [] };
}
