import { existsSync } from 'node:fs';
import path from 'node:path';
import { CLUSTER_FILE, canonicalDirectory } from '@tessera/client/local-cluster';
import type { Terminal } from '../terminal.js';

export const CLUSTER_DIRECTORY = '.tessera';

type Place = Pick<Terminal, 'environment' | 'cwd'>;

/** Where the local cluster lies or, if there is none yet, would lie: --dir, TESSERA_DIR, the nearest .tessera/. */
export function clusterDirectory(dir: string | undefined, place: Place): string {
  return named(dir, place) ?? nearest(place.cwd) ?? path.join(place.cwd, CLUSTER_DIRECTORY);
}

/** The same, when a local cluster is there. */
export function existingClusterDirectory(dir: string | undefined, place: Place): string | undefined {
  const directory = named(dir, place) ?? nearest(place.cwd);
  return directory !== undefined && holdsCluster(directory) ? directory : undefined;
}

function named(dir: string | undefined, { environment, cwd }: Place): string | undefined {
  const given = dir ?? environment.TESSERA_DIR;
  return given === undefined || given === '' ? undefined : canonicalDirectory(path.resolve(cwd, given));
}

/** The .tessera/ with a cluster in `from` or the closest directory above it. */
function nearest(from: string): string | undefined {
  const candidate = path.join(from, CLUSTER_DIRECTORY);
  if (holdsCluster(candidate)) return canonicalDirectory(candidate);
  const parent = path.dirname(from);
  return parent === from ? undefined : nearest(parent);
}

function holdsCluster(directory: string): boolean {
  return existsSync(path.join(directory, CLUSTER_FILE));
}
