import { TesseraError } from '@tessera/client';
import { inspectCluster } from '@tessera/client/local-cluster';
import { parseAddress } from '@tessera/env';
import { existingClusterDirectory } from './local-cluster/cluster-directory.js';
import type { Terminal } from './terminal.js';

/**
 * The metaserver's host:port: from --metaserver, the local cluster in --dir, TESSERA_METASERVER, or the local cluster
 * in TESSERA_DIR or the nearest .tessera/.
 * @throws TesseraError INVALID_ARGUMENT, NOT_FOUND when there is no local cluster, UNAVAILABLE when it does not run
 */
export async function resolveMetaserver(
  options: { metaserver?: string; dir?: string },
  terminal: Pick<Terminal, 'environment' | 'cwd'>,
): Promise<string> {
  const { TESSERA_METASERVER } = terminal.environment;
  const named = options.metaserver ?? (options.dir === undefined ? TESSERA_METASERVER : undefined);
  if (named !== undefined && named !== '') return checkAddress(named);
  const directory = existingClusterDirectory(options.dir, terminal);
  if (directory === undefined) {
    throw new TesseraError(
      'NOT_FOUND',
      "no cluster to talk to: give --metaserver HOST:PORT or TESSERA_METASERVER, or start a local one with 'tessera up'",
    );
  }
  const { processes } = await inspectCluster(directory);
  const metaserver = processes.find(({ role, state }) => role === 'metaserver' && state === 'running');
  if (!metaserver?.address) {
    throw new TesseraError('UNAVAILABLE', `the metaserver of the local cluster in ${directory} is not running`);
  }
  return metaserver.address;
}

function checkAddress(address: string): string {
  try {
    parseAddress(address);
    return address;
  } catch (error) {
    throw new TesseraError('INVALID_ARGUMENT', (error as Error).message, { cause: error });
  }
}
