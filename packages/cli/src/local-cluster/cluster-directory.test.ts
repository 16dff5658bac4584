import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { clusterDirectory, existingClusterDirectory } from './cluster-directory.js';

const root = temporaryDirectory();
const cluster = path.join(root, 'project/.tessera');
const deep = path.join(root, 'project/deep/er');
mkdirSync(cluster, { recursive: true });
mkdirSync(deep, { recursive: true });
mkdirSync(path.join(root, 'empty/.tessera'), { recursive: true });
writeFileSync(path.join(cluster, 'cluster.json'), '{}');
symlinkSync(cluster, path.join(root, 'link'));

describe('the local cluster’s directory', () => {
  it('is --dir before TESSERA_DIR before the nearest .tessera/', () => {
    const environment = { TESSERA_DIR: '../from-environment' };
    assert.equal(clusterDirectory('given', { environment, cwd: deep }), path.join(deep, 'given'));
    assert.equal(
      clusterDirectory(undefined, { environment, cwd: deep }),
      path.join(root, 'project/deep/from-environment'),
    );
    assert.equal(clusterDirectory(undefined, { environment: { TESSERA_DIR: '' }, cwd: deep }), cluster);
  });

  it('is found in parents', () => {
    assert.equal(existingClusterDirectory(undefined, { environment: {}, cwd: deep }), cluster);
  });

  it('will be made here when there is none', () => {
    const cwd = path.join(root, 'empty');
    assert.equal(clusterDirectory(undefined, { environment: {}, cwd }), path.join(cwd, '.tessera'));
    assert.equal(existingClusterDirectory(undefined, { environment: {}, cwd }), undefined);
  });

  it('is known by one name, links resolved', () => {
    assert.equal(clusterDirectory(path.join(root, 'link'), { environment: {}, cwd: root }), cluster);
  });
});
