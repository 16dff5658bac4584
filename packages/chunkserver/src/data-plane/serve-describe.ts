import { TesseraError, v1 } from '@tessera/protocol';
import { planBytes, planHeader } from '../store/read-plan.js';
import { decodeHeader, shardKeyOf } from './decode.js';
import type { Admit, Reply, Service } from './service.js';

/**
 * Says what a shard's record carries of its stripe. `admit` grants memory for the reply.
 * @throws FrameError; TesseraError NOT_FOUND, CORRUPT, …
 */
export async function serveDescribe({ store }: Service, header: Uint8Array, admit: Admit): Promise<Reply> {
  const [entry] = await store.locate([shardKeyOf(decodeHeader(v1.DescribeRequest, header))]);
  if (entry === undefined || entry instanceof TesseraError) throw entry;
  const plan = planHeader(entry);
  // The record's header, and what the reply takes from it.
  const memory = await admit(2 * planBytes(plan));
  const { header: record, buffers } = await store.read(entry, plan).catch((error) => {
    memory.release();
    throw error;
  });
  const { dataCount, parityCount, slots } = record.description;
  const description = { dataCount, parityCount, slots: slots.map((slot) => ({ ...slot })) };
  const reply = v1.DescribeReply.encode({ position: record.position, description }).finish();
  store.release(buffers);
  return { header: reply, body: [], onSent: () => memory.release() };
}
