// Writes what is generated from the programs themselves: example config files, and the parts of documents, the SDK's
// examples among them, between
// <!-- generated NAME --> and <!-- end -->. With --check it only says what is stale, and fails. Needs a build.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { METRICS as CHUNKSERVER_METRICS } from '../packages/chunkserver/dist/daemon/metrics.js';
import { program } from '../packages/chunkserver/dist/daemon/options.js';
import { DEFAULT_SETTINGS, DEFAULTS_USE } from '../packages/cli/dist/defaults/settings.js';
import { commandReference } from '../packages/cli/dist/reference/command-reference.js';
import { commentedFile, exampleFile, settingsTable } from '../packages/config/dist/index.js';
import { METRICS as METASERVER_METRICS } from '../packages/metaserver/dist/daemon/metrics.js';
import { PROGRAM } from '../packages/metaserver/dist/daemon/options.js';
import { metricsTable } from '../packages/metrics/dist/index.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const isCheck = process.argv.includes('--check');

/** Whole files. */
const FILES = {
  'packages/metaserver/examples/metaserver.toml': exampleFile(PROGRAM),
  'packages/chunkserver/examples/chunkserver.toml': exampleFile(program('')),
  'docs/cli.md': commandReference({ environment: {}, cwd: '/', signal: new AbortController().signal }),
  'packages/cli/examples/config.toml': commentedFile(DEFAULTS_USE, DEFAULT_SETTINGS),
};

/** Parts of documents, by their names. */
const PARTS = {
  'docs/configuration.md': {
    'metaserver settings': settingsTable(PROGRAM.settings),
    'chunkserver settings': settingsTable(program('').settings),
    'command settings': settingsTable(DEFAULT_SETTINGS),
  },
  'docs/metrics.md': {
    'metaserver metrics': metricsTable(METASERVER_METRICS),
    'chunkserver metrics': metricsTable(CHUNKSERVER_METRICS),
  },
};

/** The SDK's examples, whole. */
const EXAMPLES = path.join(root, 'packages/client/examples');
PARTS['docs/sdk.md'] = Object.fromEntries(
  readdirSync(EXAMPLES).map((name) => [
    `example ${path.parse(name).name}`,
    `\n\`\`\`ts\n${readFileSync(path.join(EXAMPLES, name), 'utf8')}\`\`\`\n`,
  ]),
);

for (const [file, text] of Object.entries(FILES)) update(file, () => text);
for (const [file, parts] of Object.entries(PARTS)) {
  update(file, (before) =>
    Object.entries(parts).reduce((text, [name, part]) => replacePart(file, text, name, part), before),
  );
}

function replacePart(file, text, name, part) {
  const begin = `<!-- generated ${name} -->\n`;
  const from = text.indexOf(begin);
  const to = text.indexOf('<!-- end -->', from);
  if (from < 0 || to < 0) throw new Error(`${file} has no part '${name}'`);
  return `${text.slice(0, from)}${begin}${part}\n${text.slice(to)}`;
}

function update(file, make) {
  const target = path.join(root, file);
  let before = '';
  try {
    before = readFileSync(target, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const after = make(before);
  if (after === before) return;
  console.log(isCheck ? `stale: ${file}` : `written: ${file}`);
  if (isCheck) {
    process.exitCode = 1;
  } else {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, after);
  }
}
