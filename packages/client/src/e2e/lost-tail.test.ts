import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TesseraError } from '@tessera/protocol';
import type { Client } from '../api.js';
import { connect } from '../connect.js';
import { DaemonCluster } from './daemon-cluster.js';

const POLL_MS = 20;
/** What a client that waits for a metaserver may be told when its time is up. */
const WAITING = ['UNAVAILABLE', 'DEADLINE_EXCEEDED'];

let cluster: DaemonCluster;
let client: Client;

before(async () => {
  cluster = await DaemonCluster.start(4);
  client = await connect({ metaserver: cluster.metaserver });
});

after(async () => {
  await client?.close();
  await cluster?.stop();
});

/** Resolves once every chunkserver has been told of what is durable now: the second heartbeat from here has its answer. */
async function heardOfAll(): Promise<void> {
  const beats = new Map<number, { ageMs: number; count: number }>();
  for (;;) {
    const { servers } = await client.clusterStatus();
    for (const { server, lastHeartbeatMs: ageMs } of servers) {
      const last = beats.get(server);
      const count = last === undefined ? 0 : last.count + (ageMs < last.ageMs ? 1 : 0);
      beats.set(server, { ageMs, count });
    }
    if ([...beats.values()].every(({ count }) => count >= 3)) return;
    await sleep(POLL_MS);
  }
}

async function untilNoAlarm(): Promise<void> {
  while ((await client.clusterStatus()).alarms.length > 0) await sleep(POLL_MS);
}

/** Flips a bit in the last group of the journal; twice is never. */
function flipLastGroup(): void {
  const journal = path.join(cluster.directoryOf('metaserver'), 'journal');
  const file = path.join(journal, readdirSync(journal).sort().at(-1) as string);
  const bytes = readFileSync(file);
  const last = bytes.findLastIndex((byte) => byte !== 0);
  bytes[last] = (bytes[last] as number) ^ 8;
  writeFileSync(file, bytes);
}

function journalFiles(): string[] {
  return readdirSync(path.join(cluster.directoryOf('metaserver'), 'journal')).sort();
}

test('a metaserver whose journal lost its end serves nobody and ends; with the end put back nothing is missing', async () => {
  await client.mkdir('/tail');
  for (let file = 0; file < 20; file++) await client.putFile(`/tail/${file}`, Buffer.from(`content ${file}`));
  await heardOfAll();
  await cluster.kill('metaserver');
  flipLastGroup();
  const files = journalFiles();

  const answers: string[] = [];
  const created: string[] = [];
  let isOver = false;
  const ask = async (name: string, call: () => Promise<unknown>, onDone: () => void) => {
    while (!isOver) {
      try {
        await call();
        onDone();
        answers.push(`${name} was answered`);
      } catch (error) {
        if (!(error instanceof TesseraError)) throw error;
        if (!WAITING.includes(error.code)) answers.push(`${name}: ${error.code}`);
      }
    }
  };
  const options = { deadlineMs: 300 };
  const asking = [
    ask(
      'the last file',
      () => client.stat('/tail/19', options),
      () => {},
    ),
    ask(
      'a new file',
      () => client.putFile('/tail/new', Buffer.from('new'), options),
      () => created.push('/tail/new'),
    ),
  ];
  await cluster.restart('metaserver').catch(() => {});
  assert.equal(await cluster.ended('metaserver'), 1);
  isOver = true;
  await Promise.all(asking);
  assert.deepEqual(answers, []);
  assert.deepEqual(created, []);
  assert.match(
    cluster.logTails(),
    /"code":"DATA_LOSS".*acknowledged transactions are missing\. Put back the newest journal/,
  );
  assert.deepEqual(journalFiles(), files, 'the refused start has added nothing');

  flipLastGroup();
  await cluster.restart('metaserver');
  for (let file = 0; file < 20; file++) {
    assert.equal(Buffer.from(await client.getFile(`/tail/${file}`)).toString(), `content ${file}`);
  }
  await untilNoAlarm();
});

test('with half the chunkservers dead a killed metaserver serves after its grace, and says whom it misses', async () => {
  await cluster.kill('metaserver', 'host-1', 'host-2');
  await cluster.restart('metaserver');
  await client.stat('/tail/1');
  const { alarms } = await client.clusterStatus();
  assert.match(alarms.join(), /only [012] of 4 chunkservers have confirmed .*; 3 are needed/);
  await cluster.restart('host-1', 'host-2');
  await untilNoAlarm();
});
