import { firstBadBlock, shardRoot, TesseraError } from '@tessera/protocol';
import type { ShardKey } from '../log/shard-key.js';
import type { OpenStore } from '../store/open-store.js';
import { planRead } from '../store/read-plan.js';

/**
 * Reads a whole shard and verifies it as a client would: against the root it knows, when it knows one.
 * @throws TesseraError what the store said; DATA_LOSS when it returned bytes that do not verify
 */
export async function readShard({ store }: OpenStore, key: ShardKey & { root?: bigint }): Promise<Uint8Array> {
  const [entry] = await store.locate([key]);
  if (entry === undefined || entry instanceof TesseraError) throw entry;
  const { shard, body, buffers } = await store.read(entry, planRead(entry, 0, 0));
  const isListed = key.root === undefined || shardRoot(shard.length, shard.blockChecksums) === key.root;
  if (!isListed || firstBadBlock(body, shard.blockChecksums, 0) !== undefined) {
    throw new TesseraError('DATA_LOSS', 'the bytes do not verify');
  }
  const copy = body.slice();
  store.release(buffers);
  return copy;
}
