/*
 * A chunkserver as the daemon runs it, on a disk that leaves zeros out. Arguments: directory, metaserver. Prints its
 * address once it has one; ends cleanly at SIGTERM.
 */

import { setFlagsFromString } from 'node:v8';
import { startChunkserver } from '@tessera/chunkserver';
import { createRealEnv, silentLog } from '@tessera/env';
import { createLevelEngine } from '@tessera/kv';
import { SparseDisk } from './sparse-disk.js';

// As the daemon does.
setFlagsFromString('--heap-growing-percent=600');

const [directory, metaserver] = process.argv.slice(2) as [string, string];
const env = createRealEnv();
const chunkserver = await startChunkserver(
  { ...env, disk: new SparseDisk(env.disk), kv: createLevelEngine(), log: silentLog },
  {
    directory,
    metaserver,
    listen: '127.0.0.1:0',
    labels: [{ key: 'host', value: 'host-1' }],
    onFatal(error) {
      throw error;
    },
  },
);
console.log(chunkserver.address);
process.on('SIGTERM', async () => {
  await chunkserver.close();
  process.exit(0);
});
