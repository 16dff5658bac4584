import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { inspectCluster } from '@tessera/client/local-cluster';
import { runInProcess } from '../testing/run-in-process.js';
import { runTessera, TESSERA } from '../testing/run-tessera.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';

const cwd = temporaryDirectory(() => runTessera(['down'], { cwd }));

async function candidates(...words: string[]): Promise<string[]> {
  const { code, text, stderr } = await runInProcess(['complete', '--', ...words], { cwd });
  assert.deepEqual([code, stderr], [0, '']);
  return text.split('\n').filter(Boolean);
}

describe('completion', () => {
  before(async () => {
    const up = await runTessera(['up', '--chunkservers', '1', '--detach'], { cwd });
    assert.equal(up.code, 0, up.stderr);
    await runInProcess(['mkdir', '-p', '/studies/brain', '/studies/knee', '/other'], { cwd });
    await runInProcess(['put', '-', '/studies/brain.dcm'], { cwd, input: new Uint8Array(3) });
  });

  it('offers paths in the cluster', async () => {
    assert.deepEqual(await candidates('ls', '/st'), ['/studies/']);
    assert.deepEqual(await candidates('ls', '-l', '/studies/'), [
      '/studies/brain/',
      '/studies/brain.dcm',
      '/studies/knee/',
    ]);
    assert.deepEqual(await candidates('rm', '/studies/knee', '/studies/br'), ['/studies/brain/', '/studies/brain.dcm']);
    assert.deepEqual(await candidates('ls', '/none/'), []);
    assert.deepEqual(await candidates('ls', '--metaserver', '127.0.0.1:1', '/st'), []);
    const { processes } = await inspectCluster(path.join(cwd, '.tessera'));
    assert.deepEqual(await candidates('ls', `--metaserver=${processes[0]?.address}`, '/st'), ['/studies/']);
    assert.deepEqual(await candidates('ls', '--metaserver=127.0.0.1:1', '/st'), []);
    assert.deepEqual(await candidates('put', '/st'), []);
    assert.deepEqual(await candidates('sync', ':/st'), [':/studies/']);
    assert.deepEqual(await candidates('sync', './copy', ':'), [':/other/', ':/studies/']);
    assert.deepEqual(await candidates('sync', '/st'), []);
  });

  it('works in bash', async () => {
    const shim = path.join(cwd, 'tessera');
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${TESSERA}" "$@"\n`);
    chmodSync(shim, 0o755);
    const { processes } = await inspectCluster(path.join(cwd, '.tessera'));
    const metaserver = processes[0]?.address ?? '';
    const script = `eval "$(tessera completion bash)"
      complete -p tessera
      compopt() { echo compopt; }
      complete_line() { COMP_LINE=$1; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tessera; echo "\${COMPREPLY[*]}"; }
      complete_line 'tessera ls /studies/k' tessera ls /studies/k
      complete_line 'tessera layout ' tessera layout ''
      complete_line 'tessera sync :/st' tessera sync : /st
      complete_line 'tessera sync :/o :' tessera sync : /o :
      complete_line 'tessera ls --metaserver ${metaserver} /o' \
        tessera ls --metaserver ${metaserver.replace(':', ' : ')} /o
      COMP_WORDBREAKS=\${COMP_WORDBREAKS//:}
      complete_line 'tessera sync :/st' tessera sync :/st`;
    const environment = { PATH: `${cwd}:${process.env.PATH}`, HOME: cwd };
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd, env: environment, encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.deepEqual(stdout.trim().split('\n'), [
      'complete -o default -F _tessera tessera',
      'compopt',
      '/studies/knee/',
      'get set',
      'compopt',
      '/studies/',
      '/other/ /studies/',
      'compopt',
      '/other/',
      'compopt',
      ':/studies/',
    ]);
  });
});
