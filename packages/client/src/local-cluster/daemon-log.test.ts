import assert from 'node:assert/strict';
import { existsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../e2e/temporary-directory.js';
import { logTail, openLog } from './daemon-log.js';
import { LOG_BYTES_MAX } from './limits.js';

const root = temporaryDirectory();

describe('daemon logs', () => {
  it('end in plain words', async () => {
    const file = path.join(root, 'tail.log');
    const old = 'from an earlier start\n';
    const lines = ['{"level":30,"msg":"opening"}', '{"msg":"cannot start","err":{"message":"locked"}}', 'raw text'];
    writeFileSync(file, `${old}${lines.join('\n')}\n`);
    assert.deepEqual(await logTail(file, old.length), ['opening', 'cannot start: locked', 'raw text']);
    assert.deepEqual(await logTail(path.join(root, 'missing.log'), 0), []);
  });

  it('are put aside once long', async () => {
    const file = path.join(root, 'logs/long.log');
    await (await openLog(file)).close();
    truncateSync(file, LOG_BYTES_MAX + 1);
    await (await openLog(file)).close();
    assert.equal(statSync(file).size, 0);
    assert.ok(existsSync(`${file}.1`));
  });
});
