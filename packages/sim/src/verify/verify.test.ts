import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InspectedRecord } from '@tessera/chunkserver/inspection';
import type { Attributes, ClusterStatus, ExtentInfo, ShardPlace } from '@tessera/client';
import { blockChecksums, shardRoot } from '@tessera/protocol';
import { ClusterFacts } from '../oracle/cluster-facts.js';
import { DurabilityLedger } from '../oracle/durability.js';
import { OracleViolation } from '../oracle/violation.js';
import { Books } from '../workload/books.js';
import { contentOf } from '../workload/content.js';
import { Territory } from '../workload/territory.js';
import { type CensusContext, ShardCensus } from './shard-census.js';
import { checkSnapshot, checkUnchanged, type Snapshot } from './snapshot.js';
import { checkTotals } from './totals.js';

const tag = { id: 1, bytes: 100 };

function attributes(fields: Partial<Attributes>): Attributes {
  return {
    inode: 5n,
    kind: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    links: 1,
    bytes: 0,
    entries: 0,
    createdNs: 1n,
    modifiedNs: 1n,
    changedNs: 1n,
    version: 9n,
    contentVersion: 9n,
    ...fields,
  };
}

/** A territory that certainly holds the directory `s` with the file `s/a`, and a file `b` that may not be there. */
function territory() {
  const one = new Territory('/d0/lane', {
    redundancy: 'rs-2-1',
    durability: 'synced',
    segmentBytes: 65_536,
    mixing: 'file',
    inlineBytes: 0,
  });
  one.worlds.answered({ type: 'mkdir', path: 's' });
  one.worlds.answered({ type: 'put', path: 's/a', tag, replace: false });
  one.worlds.doubted({ type: 'put', path: 'b', tag: { id: 2, bytes: 3 }, replace: false });
  return one;
}

function snapshot(changes: Record<string, Partial<Attributes> & { content?: Uint8Array }> = {}): Snapshot {
  const nodes = {
    s: { kind: 'directory' as const, entries: 1, inode: 4n },
    's/a': { bytes: 100, content: contentOf(tag) },
    ...changes,
  };
  return new Map(
    Object.entries(nodes).map(
      ([path, { content, ...fields }]: [string, Partial<Attributes> & { content?: Uint8Array }]) => [
        path,
        { attributes: attributes(fields), ...(content && { content: { bytes: content } }) },
      ],
    ),
  );
}

const books = () =>
  new Books({ nowMs: () => 0, durability: new DurabilityLedger([], new Set()), facts: new ClusterFacts(0) });
const lies = (act: () => void) => assert.throws(act, OracleViolation);

test('a snapshot is what must be there, with or without what may be', () => {
  checkSnapshot(snapshot(), territory(), books());
  const both = territory();
  checkSnapshot(snapshot({ b: { bytes: 3, inode: 6n, content: contentOf({ id: 2, bytes: 3 }) } }), both, books());
  lies(() => checkSnapshot(snapshot(), both, books()));
});

test('known-bad snapshots: missing, too much, torn, of another length, lost', () => {
  const bad = contentOf(tag);
  bad[99] = (bad[99] as number) ^ 1;
  const missing = new Map(snapshot());
  missing.delete('s/a');
  lies(() => checkSnapshot(missing, territory(), books()));
  lies(() => checkSnapshot(snapshot({ c: { bytes: 0, content: new Uint8Array() } }), territory(), books()));
  lies(() => checkSnapshot(snapshot({ 's/a': { bytes: 100, content: bad } }), territory(), books()));
  lies(() => checkSnapshot(snapshot({ 's/a': { bytes: 99, content: contentOf(tag) } }), territory(), books()));
  lies(() =>
    checkSnapshot(snapshot({ b: { bytes: 3, content: contentOf(tag).subarray(0, 3) } }), territory(), books()),
  );
  const lost = new Map(snapshot());
  lost.set('s/a', { attributes: attributes({ bytes: 100 }), content: { lost: 'gone' } });
  lies(() => checkSnapshot(lost, territory(), books()));
});

test('what nobody touched has not come, gone or changed', () => {
  checkUnchanged(snapshot(), snapshot(), '/d0');
  lies(() => checkUnchanged(snapshot(), snapshot({ c: {} }), '/d0'));
  lies(() => checkUnchanged(snapshot({ c: {} }), snapshot(), '/d0'));
  lies(() =>
    checkUnchanged(snapshot(), snapshot({ s: { kind: 'directory', entries: 1, inode: 4n, version: 10n } }), '/d0'),
  );
});

/** The content of a log file that is nothing but one payload, and a record of it. */
const content = new Uint8Array(10).fill(4);
const torn = new Uint8Array(10);
const record = (fields: Partial<InspectedRecord>): InspectedRecord => ({
  pg: 1,
  stripe: 7n,
  slot: 0,
  position: 0,
  kind: 'put',
  root: shardRoot(10, blockChecksums(content)),
  payloadOffset: 0,
  payloadBytes: 10,
  ...fields,
});

const place = (fields: Partial<ShardPlace>): ShardPlace => ({
  slot: 0,
  role: 'data',
  position: 0,
  bytes: 10,
  state: 'live',
  server: 1,
  address: 'host-1:7070',
  serverState: 'up',
  labels: [],
  ...fields,
});

function extent(parity: Partial<ShardPlace>): ExtentInfo {
  return {
    fileOffset: 0,
    bytes: 10,
    segment: 1n,
    segmentOffset: 0,
    pg: 1,
    stripe: 7n,
    dataCount: 1,
    parityCount: 1,
    shard: place({}),
    companions: [],
    parity: [place({ slot: 1, role: 'parity', address: 'host-2:7070', ...parity })],
  };
}

const context = (...harmed: string[]): CensusContext => ({ harmed: new Set(harmed), isDoubted: () => false });

test('a live shard that is not on its disk is missed, unless the disk rots', () => {
  const census = new ShardCensus();
  census.add('host-1', record({}), content);
  census.add('host-3', record({ slot: 1 }), content);
  census.add('host-2', record({ slot: 1, kind: 'doubtful' }), torn);
  // Whatever the scan says of it.
  census.add('host-2', record({ slot: 1 }), torn);
  census.add('host-2', record({ slot: 1 }), content.subarray(0, 9));
  lies(() => census.checkPresent('/x', [extent({})], context()));
  lies(() => census.checkPresent('/x', [extent({})], context('host-1')));
  census.checkPresent('/x', [extent({})], context('host-2'));
  census.checkPresent('/x', [extent({ state: 'missing' })], context());
  lies(() => census.checkPresent('/x', [extent({ bytes: 9 })], context()));
  assert.equal(census.count, 2);
  census.add('host-2', record({ slot: 1 }), content);
  census.checkPresent('/x', [extent({})], context());
});

test('a torn shard that the metaserver has not heard of is seen', () => {
  const census = new ShardCensus();
  census.checkTornIsKnown('/x', [extent({})], context());
  census.add('host-2', record({ slot: 1 }), torn);
  lies(() => census.checkTornIsKnown('/x', [extent({})], context()));
  census.checkTornIsKnown('/x', [extent({})], context('host-2'));
  const asked: unknown[][] = [];
  const isDoubted = (...shard: unknown[]) => asked.push(shard) > 0;
  census.checkTornIsKnown('/x', [extent({ server: 5 })], { harmed: new Set(), isDoubted });
  assert.deepEqual(asked, [[5, 1, 7n, 1]]);
  census.add('host-2', record({ slot: 1 }), content);
  census.checkTornIsKnown('/x', [extent({})], context());
});

test('two shards with one id and different contents are seen', () => {
  const census = new ShardCensus();
  census.add('host-1', record({}), content);
  census.add('host-2', record({}), content);
  lies(() => census.add('host-3', record({ root: 4n }), content));
});

test('totals that do not add up are seen', () => {
  const walked = { files: 1, directories: 2, logicalBytes: 100 };
  checkTotals(walked as ClusterStatus, walked);
  for (const what of ['files', 'directories', 'logicalBytes'] as const) {
    lies(() => checkTotals({ ...walked, [what]: 7 } as ClusterStatus, walked));
  }
});
