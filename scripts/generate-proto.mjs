// Usage: node generate-proto.mjs OUT_DIR ROOT_NAME NAMESPACE FILE...
// Generates ESM and typings for the given .proto files, plus v1.js: the namespace under a short name.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const [outDirectory, rootName, namespace, ...files] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const protoDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../proto');
const sources = files.map((file) => path.join(protoDirectory, file));
const script = path.join(outDirectory, 'messages.js');
const typings = path.join(outDirectory, 'messages.d.ts');

function modified(file) {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

const newestSource = Math.max(...sources.map(modified), modified(fileURLToPath(import.meta.url)));
if (Math.min(modified(script), modified(typings), modified(path.join(outDirectory, 'v1.d.ts'))) <= newestSource) {
  mkdirSync(outDirectory, { recursive: true });
  const pbjs = promisify(require('protobufjs-cli/pbjs').main);
  const pbts = promisify(require('protobufjs-cli/pbts').main);
  const flags = ['--no-convert', '--no-verify', '--no-delimited', '--no-typeurl'];
  await pbjs([
    '-t',
    'static-module',
    '-w',
    'esm',
    '-r',
    rootName,
    ...flags,
    '-p',
    protoDirectory,
    '-o',
    script,
    ...sources,
  ]);
  await pbts(['-o', typings, script]);
  const top = namespace.split('.')[0];
  writeFileSync(
    path.join(outDirectory, 'v1.js'),
    `import { ${top} } from './messages.js';\nexport const v1 = ${namespace};\n`,
  );
  writeFileSync(
    path.join(outDirectory, 'v1.d.ts'),
    `import { ${top} } from './messages.js';\nexport import v1 = ${namespace};\n`,
  );
}
