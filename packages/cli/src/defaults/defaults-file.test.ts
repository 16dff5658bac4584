import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { commentedFile, parseConfigFile } from '@tessera/config';
import { runInProcess } from '../testing/run-in-process.js';
import { temporaryDirectory } from '../testing/temporary-directory.js';
import { withDefaults } from './defaults-file.js';
import { DEFAULT_SETTINGS, DEFAULTS_USE } from './settings.js';

const EXAMPLE = new URL('../../examples/config.toml', import.meta.url);

describe("a user's defaults", () => {
  const cwd = temporaryDirectory();
  const file = path.join(cwd, 'tessera/config.toml');
  mkdirSync(path.dirname(file));
  writeFileSync(file, 'metaserver = "10.0.0.5:7070"\ncodec = "library"\n');
  const environment = { XDG_CONFIG_HOME: cwd };

  it('hold unless a flag or the environment says otherwise', () => {
    const place = { cwd, environment };
    assert.deepEqual(withDefaults({}, place), {
      ...environment,
      TESSERA_METASERVER: '10.0.0.5:7070',
      TESSERA_CODEC: 'library',
    });
    assert.equal(withDefaults({ dir: 'here' }, place).TESSERA_METASERVER, undefined);
    const chosen = { cwd, environment: { ...environment, TESSERA_DIR: 'there', TESSERA_CODEC: 'simd' } };
    assert.deepEqual(withDefaults({}, chosen), chosen.environment);
  });

  it('lie in the home directory, elsewhere, or nowhere', async () => {
    mkdirSync(path.join(cwd, '.config'));
    writeFileSync(path.join(cwd, 'mine.toml'), 'codec = "simd"');
    assert.equal(withDefaults({}, { cwd, environment: { HOME: cwd } }).TESSERA_CODEC, undefined);
    assert.equal(withDefaults({ config: 'mine.toml' }, { cwd, environment }).TESSERA_CODEC, 'simd');
    assert.equal(
      withDefaults({}, { cwd, environment: { ...environment, TESSERA_CONFIG: '' } }).TESSERA_CODEC,
      undefined,
    );
    const missing = await runInProcess(['ls', '/', '--config', 'none.toml'], { cwd });
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /INVALID_ARGUMENT: the config file: cannot read .*none.toml: nothing has that name/);
  });

  it('are refused when wrong', async () => {
    writeFileSync(path.join(cwd, 'wrong.toml'), 'metasever = "10.0.0.5:7070"\n');
    const { code, stderr } = await runInProcess(['status'], { cwd, environment: { TESSERA_CONFIG: 'wrong.toml' } });
    assert.equal(code, 2);
    assert.match(stderr, /wrong.toml:1: there is no key 'metasever'; did you mean 'metaserver'\?/);
  });

  it('are shown with where they are from', async () => {
    const { code, text } = await runInProcess(['config', '--codec', 'simd'], { cwd, environment });
    assert.equal(code, 0);
    assert.equal(
      text,
      [
        '# Configuration of tessera in force.',
        `metaserver = "10.0.0.5:7070" # ${file}:1`,
        '# dir: the nearest .tessera/ (default)',
        'codec = "simd" # --codec',
        '',
      ].join('\n'),
    );
    const json = JSON.parse((await runInProcess(['config', '--json'], { cwd, environment })).text);
    assert.deepEqual(json, {
      file,
      metaserver: '10.0.0.5:7070',
      codec: 'library',
      origins: { metaserver: `${file}:1`, codec: `${file}:2` },
    });
  });

  it('have an example with every key', () => {
    const example = readFileSync(EXAMPLE, 'utf8');
    assert.equal(example, commentedFile(DEFAULTS_USE, DEFAULT_SETTINGS), 'run npm run reference');
    assert.equal(parseConfigFile(DEFAULT_SETTINGS, example, 'x').size, 0);
    assert.equal(parseConfigFile(DEFAULT_SETTINGS, example.replace(/^# ([a-z-]+ = )/gm, '$1'), 'x').size, 3);
  });
});
