import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;
const WRITERS = 8;
/** Neither of blocks nor of segments. */
const BLOCK_BYTES = 100_003;
const BLOCKS_EACH = 12;

/** The processes that write are this file, too, with the metaserver and their rank behind its name. */
const [, , metaserver, rank] = process.argv;
if (metaserver !== undefined && rank !== undefined) await writeOwnBlocks(metaserver, Number(rank));
else testWriters();

function rangeOf(writer: number) {
  return {
    offset: writer * BLOCK_BYTES,
    blockBytes: BLOCK_BYTES,
    strideBytes: WRITERS * BLOCK_BYTES,
    count: BLOCKS_EACH,
  };
}

async function writeOwnBlocks(address: string, writer: number): Promise<void> {
  const client = await connect({ metaserver: address, name: `strided writer ${writer}` });
  const file = await client.open('/small/shared', 'r+');
  await file.writeStrided(rangeOf(writer), noise(BLOCKS_EACH * BLOCK_BYTES, writer + 1));
  await file.close();
  await client.close();
  process.disconnect?.();
}

function testWriters(): void {
  let cluster: DaemonCluster;
  let client: Client;

  before(async () => {
    cluster = await DaemonCluster.start(4);
    client = await connect({ metaserver: cluster.metaserver, name: 'strided writers test' });
    await client.mkdir('/small', { layout: { redundancy: 'rs-2-1', segmentBytes: 64 * KIB } });
  });

  after(async () => {
    await client?.close();
    await cluster?.stop();
  });

  test('eight processes write disjoint strided parts of one file: every byte is that of its writer', async () => {
    await client.touch('/small/shared');
    const self = fileURLToPath(import.meta.url);
    const writers = Array.from({ length: WRITERS }, (_, writer) => fork(self, [cluster.metaserver, String(writer)]));
    const ended = writers.map(async (child: ChildProcess) => (await once(child, 'exit'))[0]);
    assert.deepEqual(await Promise.all(ended), new Array(WRITERS).fill(0));
    const whole = await client.getFile('/small/shared');
    assert.equal(whole.length, WRITERS * BLOCKS_EACH * BLOCK_BYTES);
    const file = await client.open('/small/shared', 'r');
    for (let writer = 0; writer < WRITERS; writer++) {
      const expected = noise(BLOCKS_EACH * BLOCK_BYTES, writer + 1);
      const read = await file.readStrided(rangeOf(writer));
      assert.ok(Buffer.compare(read, expected) === 0, `writer ${writer}, by strides`);
      for (let block = 0; block < BLOCKS_EACH; block++) {
        const start = (block * WRITERS + writer) * BLOCK_BYTES;
        const part = expected.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
        assert.ok(Buffer.compare(whole.subarray(start, start + BLOCK_BYTES), part) === 0, `writer ${writer}`);
      }
    }
    await file.close();
  });
}
