import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientCounters, ClusterMapInfo, ClusterStatus, ServerStatus, StatFs } from '@tessera/client';
import { ClusterFacts } from './cluster-facts.js';
import { OracleViolation } from './violation.js';

const server = (number: number) =>
  ({ server: number, address: `host-${number}:1`, diskId: Uint8Array.of(number) }) as unknown as ServerStatus;
const servers = [server(1), server(2)];
const status = (fields: Partial<ClusterStatus>) =>
  ({ era: 1, lsn: 10, checkpointLsn: 5, pgs: 64, pgsDegraded: 0, servers, ...fields }) as ClusterStatus;
const lies = (act: () => void) => assert.throws(act, OracleViolation);

test('a journal that goes back, and counts that cannot be, are seen', () => {
  const facts = new ClusterFacts(2);
  const before = facts.newest;
  facts.checkStatus(status({ lsn: 20 }), facts.newest);
  // Asked for before the other was answered.
  facts.checkStatus(status({ lsn: 10 }), before);
  lies(() => facts.checkStatus(status({ lsn: 19 }), facts.newest));
  lies(() => facts.checkStatus(status({ lsn: 30, era: 0 }), facts.newest));
  lies(() => facts.checkStatus(status({ lsn: 30, checkpointLsn: 31 }), before));
  lies(() => facts.checkStatus(status({ files: -1 }), before));
  lies(() => facts.checkStatus(status({ servers: [server(1), server(1)] }), before));
});

test('servers, space and groups that do not fit together are seen', () => {
  const facts = new ClusterFacts(2);
  const space = { capacityBytes: 9, usedBytes: 4, freeBytes: 5, servers: 2, serversUp: 1 } as StatFs;
  facts.checkSpace(space);
  lies(() => facts.checkSpace({ ...space, usedBytes: 10 }));
  lies(() => facts.checkSpace({ ...space, servers: 1 }));
  const group = (...numbers: number[]) =>
    ({
      servers,
      pgs: [{ pg: 1, members: numbers.map((number) => ({ server: number })) }],
    }) as unknown as ClusterMapInfo;
  facts.checkMap(group(1, 2, 0));
  lies(() => facts.checkMap(group(1, 1)));
  lies(() => facts.checkMap(group(1, 3)));
});

test('counters that go back are seen', () => {
  const facts = new ClusterFacts(2);
  const client = {};
  const counters = { metadataCalls: 1, metadataOperations: 2, retries: 3 } as ClientCounters;
  const whole = { ...counters, segmentsWritten: 2, stripesWritten: 1, physicalBytesWritten: 2, logicalBytesWritten: 1 };
  facts.checkCounters(client, whole);
  facts.checkCounters({}, { ...whole, retries: 0 });
  lies(() => facts.checkCounters(client, { ...whole, retries: 2 }));
  lies(() => facts.checkCounters({}, { ...whole, stripesWritten: 3 }));
  lies(() => facts.checkCounters({}, { ...whole, logicalBytesWritten: 3 }));
});

test('a disk that took the place of another may be registered beside it, at the same address, and no other', () => {
  let replaced = 0;
  const facts = new ClusterFacts(2, () => replaced);
  const successor = { ...server(3), address: 'host-2:1' };
  lies(() => facts.checkServers([...servers, successor]));
  replaced = 1;
  facts.checkServers(servers);
  facts.checkServers([...servers, successor]);
  lies(() => facts.checkServers([...servers, { ...successor, address: 'host-3:1' }]));
  lies(() => facts.checkServers([...servers, { ...successor, diskId: Uint8Array.of(2) }]));
  lies(() => facts.checkServers([...servers, successor, server(4)]));
});
