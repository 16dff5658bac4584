import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ConnectionEvents, createRealEnv, type Network } from '@tessera/env';
import type { Client } from '../api.js';
import { joinGroup } from '../collective/index.js';
import { ROUND_BYTES } from '../collective/limits.js';
import { connect } from '../connect.js';
import * as datatype from '../datatype/index.js';
import { DaemonCluster } from './daemon-cluster.js';
import { noise } from './noise.js';

const KIB = 1024;
const RANKS = 4;
/** Neither of blocks nor of segments. */
const BLOCK_BYTES = 10_007;
/** More than one round of each aggregator. */
const BLOCKS_EACH = 480;
const OWN_BYTES = BLOCKS_EACH * BLOCK_BYTES;

/** One of the two that move bytes for all. */
const VICTIM = 2;

interface Outcome {
  readonly read?: boolean;
  readonly code?: string;
  readonly message?: string;
}

/** The processes of the group are this file, too, with what they need behind its name. */
const [, , metaserver, address, rank, task] = process.argv;
if (metaserver !== undefined && address !== undefined) await takePart(metaserver, address, Number(rank), task ?? '');
else testGroup();

/** Every fourth block, beginning with its own. */
function blocksOf(owner: number): { file: datatype.View } {
  const blocks = datatype.resized(datatype.bytes(BLOCK_BYTES), 0, RANKS * BLOCK_BYTES);
  return { file: datatype.view(blocks, owner * BLOCK_BYTES) };
}

async function takePart(metaserverAddress: string, at: string, own: number, what: string): Promise<void> {
  const client = await connect({ metaserver: metaserverAddress, name: `rank ${own}` });
  const env = what === 'death' && own === VICTIM ? { env: deadlyEnv() } : {};
  const group = await joinGroup({ rank: own, size: RANKS, address: at, token: what, ...env });
  const tell = (outcome: Outcome) => new Promise((resolve) => process.send?.(outcome, resolve));
  try {
    const file = await group.open(client, `/small/${what}`, 'w+', { aggregators: 2 });
    await file.writeAll(noise(OWN_BYTES, own + 1), blocksOf(own));
    // The neighbour's blocks, which another process wrote.
    const neighbour = (own + 1) % RANKS;
    const buffer = new Uint8Array(OWN_BYTES + BLOCK_BYTES);
    const bytes = await file.readAll(buffer, blocksOf(neighbour));
    const same = Buffer.compare(buffer.subarray(0, OWN_BYTES), noise(OWN_BYTES, neighbour + 1)) === 0;
    await file.close();
    await tell({ read: same && bytes === OWN_BYTES });
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    await tell({ code, message });
  }
  await group.close();
  await client.close();
  process.disconnect?.();
}

/** The victim's network: it is gone in the middle of the first round that it collects. */
function deadlyEnv() {
  const { clock, network } = createRealEnv();
  let bytes = 0;
  const counted = ({ data, drain, close }: ConnectionEvents): ConnectionEvents => ({
    data: (chunk) => {
      bytes += chunk.length;
      if (bytes > ROUND_BYTES / 2) process.kill(process.pid, 'SIGKILL');
      data(chunk);
    },
    drain,
    close,
  });
  const watched: Pick<Network, 'connect' | 'listen'> = {
    connect: (to, events, options) => network.connect(to, counted(events), options),
    listen: (at, accept) => network.listen(at, (connection) => counted(accept(connection))),
  };
  return { clock, network: watched as Network };
}

function testGroup(): void {
  let cluster: DaemonCluster;
  let client: Client;

  before(async () => {
    cluster = await DaemonCluster.start(4);
    client = await connect({ metaserver: cluster.metaserver, name: 'collective test' });
    await client.mkdir('/small', { layout: { redundancy: 'rs-2-1', segmentBytes: 64 * KIB } });
  });

  after(async () => {
    await client?.close();
    await cluster?.stop();
  });

  async function runRanks(task: string): Promise<{ outcomes: (Outcome | undefined)[]; exits: unknown[] }> {
    const at = await freeAddress();
    const self = fileURLToPath(import.meta.url);
    const children = Array.from({ length: RANKS }, (_, own) => fork(self, [cluster.metaserver, at, String(own), task]));
    const outcomes: (Outcome | undefined)[] = new Array(RANKS).fill(undefined);
    for (const [own, child] of children.entries()) {
      child.on('message', (outcome: Outcome) => {
        outcomes[own] = outcome;
      });
    }
    const exits = await Promise.all(children.map(async (child: ChildProcess) => (await once(child, 'exit'))[0]));
    return { outcomes, exits };
  }

  test('four processes write and read interleaved blocks together: every byte is in its place', async () => {
    const { outcomes, exits } = await runRanks('blocks');
    assert.deepEqual(outcomes, new Array(RANKS).fill({ read: true }));
    assert.deepEqual(exits, [0, 0, 0, 0]);
    const whole = await client.getFile('/small/blocks');
    assert.equal(whole.length, RANKS * OWN_BYTES);
    for (let own = 0; own < RANKS; own++) {
      const expected = noise(OWN_BYTES, own + 1);
      for (let block = 0; block < BLOCKS_EACH; block++) {
        const start = (block * RANKS + own) * BLOCK_BYTES;
        const part = whole.subarray(start, start + BLOCK_BYTES);
        const same = Buffer.compare(part, expected.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)) === 0;
        assert.ok(same, `block ${block} of rank ${own}`);
      }
    }
    // The processes moved large pieces: few extents beside the segments that there must be.
    const extents = await client.extents('/small/blocks');
    assert.ok(extents.length < (1.2 * RANKS * OWN_BYTES) / (64 * KIB), `${extents.length} extents`);
  });

  test('one that writes for all is killed meanwhile: the others name it, and nothing is written', async () => {
    const { outcomes, exits } = await runRanks('death');
    assert.equal(outcomes[VICTIM], undefined);
    assert.deepEqual(exits, [0, 0, null, 0]);
    for (const outcome of outcomes.filter((_, own) => own !== VICTIM)) {
      assert.equal(outcome?.code, 'UNAVAILABLE');
      assert.match(outcome?.message ?? '', /^writeAll of '?\/small\/death'?: rank 2: /);
    }
    assert.equal((await client.stat('/small/death')).bytes, 0);
  });
}

/** Of a port that was free a moment ago. */
async function freeAddress(): Promise<string> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}
