// The config files in docs/deploy.md are taken as they stand.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readOptions as readChunkserver } from '../packages/chunkserver/dist/daemon/options.js';
import { readOptions as readMetaserver } from '../packages/metaserver/dist/daemon/options.js';

const text = readFileSync(new URL('../docs/deploy.md', import.meta.url), 'utf8');
const files = [...text.matchAll(/```toml\n(.*?)```/gs)].map(([, file]) => file);

function given(file) {
  return { argv: ['--config', '/etc/x.toml'], environment: {}, directory: '/', readFile: () => file };
}

test('the config files of the deployment guide are right', () => {
  assert.equal(files.length, 2);
  assert.equal(readMetaserver(given(files[0])).values.metricsListen, '10.0.0.5:7072');
  const { labels, metaserver } = readChunkserver('unused', given(files[1])).values;
  assert.equal(metaserver, '10.0.0.5:7070');
  assert.deepEqual(
    labels.map(({ key, value }) => `${key}=${value}`),
    ['host=storage-7', 'rack=r2', 'site=north'],
  );
});
