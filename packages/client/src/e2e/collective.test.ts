import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
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
/** How long the group bears a rank that stands still. */
const DEADLINE_MS = 10_000;

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
  const cancelling = new AbortController();
  const fates: Record<string, () => void> = {
    death: () => process.kill(process.pid, 'SIGKILL'),
    standstill: () => process.kill(process.pid, 'SIGSTOP'),
    cancelling: () => cancelling.abort(),
  };
  const fate = own === VICTIM ? fates[what] : undefined;
  const options = { rank: own, size: RANKS, address: at, token: what, deadlineMs: DEADLINE_MS };
  const group = await joinGroup(fate === undefined ? options : { ...options, env: fatefulEnv(fate) });
  const tell = (outcome: Outcome) => new Promise((resolve) => process.send?.(outcome, resolve));
  try {
    const file = await group.open(client, `/small/${what}`, 'w+', { aggregators: 2 });
    await file.writeAll(noise(OWN_BYTES, own + 1), blocksOf(own), { signal: cancelling.signal });
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

/** The victim's network: its fate comes in the middle of the first round that it collects. */
function fatefulEnv(fate: () => void) {
  const { clock, network } = createRealEnv();
  let bytes = 0;
  let hasCome = false;
  const counted = ({ data, drain, close }: ConnectionEvents): ConnectionEvents => ({
    data: (chunk) => {
      bytes += chunk.length;
      if (bytes > ROUND_BYTES / 2 && !hasCome) {
        hasCome = true;
        fate();
      }
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
    const ends = children.map(async (child: ChildProcess) => (await once(child, 'exit'))[0]);
    await Promise.all(ends.filter((_, own) => own !== VICTIM));
    // One that stands still goes on to stand still.
    if (task === 'standstill') children[VICTIM]?.kill('SIGKILL');
    return { outcomes, exits: await Promise.all(ends) };
  }

  test('four processes write and read interleaved blocks together: every byte is in its place', async () => {
    const seen = new Set<number>();
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        seen.add(
          await client.stat('/small/blocks').then(
            ({ bytes }) => bytes,
            () => 0,
          ),
        );
        await setTimeout(5);
      }
    })();
    const { outcomes, exits } = await runRanks('blocks');
    isOver = true;
    await watching;
    // All of it in one commit, whatever who moved what.
    assert.deepEqual(
      [...seen].toSorted((one, other) => one - other),
      [0, RANKS * OWN_BYTES],
    );
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

  test('one that writes for all is stopped meanwhile: the others name it within their deadline, and nothing is written', async () => {
    const { outcomes, exits } = await runRanks('standstill');
    assert.equal(outcomes[VICTIM], undefined);
    assert.deepEqual(exits, [0, 0, null, 0]);
    for (const outcome of outcomes.filter((_, own) => own !== VICTIM)) {
      assert.equal(outcome?.code, 'DEADLINE_EXCEEDED');
      assert.match(
        outcome?.message ?? '',
        /^writeAll of '?\/small\/standstill'?: rank 2: it has not been heard of for 10000 ms; is it running/,
      );
    }
    assert.equal((await client.stat('/small/standstill')).bytes, 0);
  });

  test('one is cancelled meanwhile: the call ends at all of them, naming it, and nothing is written', async () => {
    const { outcomes, exits } = await runRanks('cancelling');
    assert.deepEqual(exits, [0, 0, 0, 0]);
    for (const outcome of outcomes) {
      assert.equal(outcome?.code, 'CANCELLED');
      assert.match(outcome?.message ?? '', /^writeAll of '?\/small\/cancelling'?: rank 2: its caller cancelled/);
    }
    assert.equal((await client.stat('/small/cancelling')).bytes, 0);
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
