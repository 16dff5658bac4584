import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAddress } from '@tessera/env';
import { runTessera } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const WAIT_MS_MAX = 30_000;
const SLOW_CONNECTIONS = 400;

interface Process {
  name: string;
  metrics: string;
  health: string;
}

const cwd = temporaryDirectory(() => runTessera(['down'], { cwd }));

async function scrape(address: string): Promise<string> {
  const response = await fetch(`http://${address}/metrics`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0.0.4/);
  return response.text();
}

/** The value of a series; undefined when it is not there. */
function seriesValue(page: string, series: string): number | undefined {
  const line = page.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** Scrapes until the page has what is wanted. */
async function until(address: string, isThere: (page: string) => boolean): Promise<string> {
  const deadline = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const page = await scrape(address);
    if (isThere(page)) return page;
    assert.ok(performance.now() < deadline, page.replace(/^(?!tessera_).*\n/gm, ''));
    await sleep(100);
  }
}

test('daemons of a local cluster show what they did, and slow readers of it are nothing to them', async () => {
  const up = await runTessera(['up', '--chunkservers', '3', '--detach', '--json'], { cwd });
  assert.equal(up.code, 0, up.stderr);
  const { processes } = JSON.parse(up.text) as { processes: Process[] };
  const [metaserver, ...chunkservers] = processes as [Process, ...Process[]];
  const shown = await runTessera(['status'], { cwd });
  for (const { metrics } of processes) assert.ok(shown.text.includes(`http://${metrics}/metrics`), shown.text);

  const before = await Promise.all(chunkservers.map(({ metrics }) => scrape(metrics)));
  assert.equal(seriesValue(before[0] as string, 'tessera_chunkserver_shards'), 0);
  await runTessera(['mkdir', '/d'], { cwd });
  assert.equal((await runTessera(['layout', 'set', '/d', '--redundancy', 'copies-3'], { cwd })).code, 0);
  const image = new Uint8Array(300_000).fill(7);
  assert.equal((await runTessera(['put', '-', '/d/image'], { cwd, input: image })).code, 0);
  assert.equal((await runTessera(['cat', '/d/image'], { cwd })).code, 0);
  assert.equal((await runTessera(['stat', '/none'], { cwd })).code, 3);

  const page = await until(
    metaserver.metrics,
    (text) => (seriesValue(text, 'tessera_metaserver_operations_total{kind="stat",outcome="NOT_FOUND"}') ?? 0) > 0,
  );
  const value = (series: string) => seriesValue(page, `tessera_metaserver_${series}`);
  assert.equal(value('operations_total{kind="mkdir",outcome="ok"}'), 1);
  assert.equal(value('files'), 1);
  assert.equal(value('files_bytes'), 300_000);
  assert.equal(value('shards_bytes{state="live"}'), 900_000);
  assert.equal(value('chunkservers{state="up"}'), 3);
  assert.equal(value('disks{state="healthy"}'), 3);
  assert.equal(value('doubtful_shards'), 0);
  assert.ok((value('call_seconds_count{method="Metadata.Batch"}') ?? 0) > 0, page);
  assert.equal(value('operation_seconds_count{kind="mkdir"}'), 1);
  assert.ok((value('operation_seconds_sum{kind="mkdir"}') ?? 0) > 0, page);
  assert.ok((value('journal_groups_total') ?? 0) > 0, page);
  assert.ok((value('disk_sync_seconds_count{use="journal"}') ?? 0) >= (value('journal_groups_total') ?? 0), page);
  assert.ok((value('disk_written_bytes_total{use="journal"}') ?? 0) >= (value('journal_bytes_total') ?? 0), page);
  assert.ok((value('queue_entries_limit{queue="operations"}') ?? 0) > 0, page);
  assert.ok((seriesValue(page, 'process_resident_memory_bytes') ?? 0) > 0);
  for (const { metrics } of chunkservers) {
    const disk = await until(metrics, (text) => seriesValue(text, 'tessera_chunkserver_shards') === 1);
    assert.equal(seriesValue(disk, 'tessera_chunkserver_shards_bytes'), 300_000);
    assert.equal(seriesValue(disk, 'tessera_chunkserver_requests_total{kind="write",outcome="ok"}'), 1);
    assert.equal(seriesValue(disk, 'tessera_chunkserver_request_seconds_count{kind="write"}'), 1);
    assert.ok((seriesValue(disk, 'tessera_chunkserver_received_bytes_total') ?? 0) > 300_000);
    assert.ok((seriesValue(disk, 'tessera_chunkserver_disk_written_bytes_total{use="log"}') ?? 0) > 300_000);
    assert.equal(seriesValue(disk, 'tessera_chunkserver_disk_state{state="healthy"}'), 1);
    assert.equal(seriesValue(disk, 'tessera_chunkserver_registered'), 1);
    assert.equal(seriesValue(disk, 'tessera_chunkserver_checksum_failures_total{where="disk"}'), 0);
    assert.equal((await fetch(`http://${metrics}/readyz`)).status, 200);
  }
  assert.equal((await fetch(`http://${metaserver.health}/readyz`)).status, 200);

  const slow: Socket[] = [];
  for (const { metrics } of processes) {
    const { host, port } = parseAddress(metrics);
    for (let index = 0; index < SLOW_CONNECTIONS; index++) {
      const socket = connect(port, host);
      socket.on('error', () => {});
      socket.write(
        index % 2 === 0 ? 'GET /metrics HTTP/1.1\r\nX: ' : 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20),
      );
      socket.pause();
      slow.push(socket);
    }
  }
  assert.equal((await runTessera(['put', '-', '/d/second'], { cwd, input: image })).code, 0);
  const back = await runTessera(['cat', '/d/second'], { cwd });
  assert.deepEqual(new Uint8Array(back.stdout), image);
  for (const socket of slow) socket.destroy();
  await until(
    chunkservers[0]?.metrics ?? '',
    (text) => (seriesValue(text, 'tessera_chunkserver_requests_total{kind="write",outcome="ok"}') ?? 0) === 2,
  );
});
