import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const MIB = 1024 * 1024;
const READERS = 64;
const BUDGET_BYTES = 8 * MIB;

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(3);
  client = await connect({ metaserver: cluster.metaserver, name: 'slow readers', readAheadBytes: BUDGET_BYTES });
  await client.mkdir('/one', { layout: { redundancy: 'copies-1' } });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

/** Of buffers, without what nothing refers to. */
function bufferBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().arrayBuffers;
}

test('many streams whose readers have stopped hold a bounded part of their files, and go on when they do', async () => {
  const content = noise(8 * MIB, 3);
  await client.putFile('/one/f', content);
  const file = await client.open('/one/f', 'r');
  const before = bufferBytes();
  const streams = Array.from({ length: READERS }, () => file.readable());
  await Promise.all(streams.map((stream) => once(stream, 'readable')));
  const held = bufferBytes() - before;
  assert.ok(held < BUDGET_BYTES + 40 * MIB, `${held} bytes are held for ${READERS} readers`);
  const whole = await Promise.all(streams.slice(-3).map(async (stream) => Buffer.concat(await stream.toArray())));
  for (const bytes of whole) assert.ok(bytes.equals(content));
  for (const stream of streams) stream.destroy();
  await file.close();
});

test('reads one after the other are read ahead, and see what others commit', async () => {
  const content = new Uint8Array(noise(6 * MIB, 4));
  await client.putFile('/one/g', content);
  const file = await client.open('/one/g', 'r');
  const writer = await client.open('/one/g', 'r+');
  const step = 50_001;
  for (let offset = 0, reads = 0; offset < content.length + step; offset += step, reads++) {
    const bytes = await file.read(offset, step);
    assert.ok(Buffer.compare(bytes, content.subarray(offset, offset + step)) === 0, `from ${offset} on`);
    if (reads % 20 === 10) {
      const change = noise(3 * step, reads);
      await writer.write(offset, change);
      await writer.flush();
      content.set(change.subarray(0, content.length - offset), offset);
    }
  }
  await writer.close();
  await file.close();
});
