import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../e2e/temporary-directory.js';
import { CLUSTER_FILE, newCluster, readClusterFile, writeClusterFile } from './cluster-file.js';

const root = temporaryDirectory();

describe('cluster.json', () => {
  it('comes back as it was written', async () => {
    const directory = path.join(root, 'made/on/demand');
    const cluster = newCluster(8);
    await writeClusterFile(directory, cluster);
    assert.deepEqual(await readClusterFile(directory), cluster);
    assert.deepEqual(cluster.members.map(({ name, labels }) => [name, ...labels]).slice(0, 3), [
      ['metaserver'],
      ['chunkserver-1', 'host=host-1'],
      ['chunkserver-2', 'host=host-2'],
    ]);
    assert.equal(cluster.members.length, 9);
  });

  it('is undefined where there is none', async () => {
    assert.equal(await readClusterFile(path.join(root, 'nothing')), undefined);
  });

  it('is refused when damaged or of another format', async () => {
    writeFileSync(path.join(root, CLUSTER_FILE), '{"format":');
    await assert.rejects(readClusterFile(root), { code: 'CORRUPT' });
    writeFileSync(path.join(root, CLUSTER_FILE), '{"format":2,"members":[]}');
    await assert.rejects(readClusterFile(root), { code: 'WRONG_VERSION' });
  });
});
