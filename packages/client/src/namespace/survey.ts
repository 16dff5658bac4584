import { FILE_BYTES_MAX, NAME_BYTES_MAX, PATH_BYTES_MAX, TesseraError } from '@tessera/protocol';
import type { ClusterStatus, ExtentInfo, ShardPlace } from '../cluster/api.js';
import type { MapCache } from '../cluster/map-cache.js';
import { extentInfo } from '../extents.js';
import type { Resolver } from '../get/resolver.js';
import type { Path } from '../node-api.js';
import { pathBytes, shown } from '../path-words.js';
import type { NamespaceParts } from './parts.js';
import type { FileLocation, LocationServer, LocationsOptions, StatFs } from './survey-api.js';

interface SurveyParts extends NamespaceParts {
  readonly resolver: Pick<Resolver, 'first' | 'pieces'>;
  readonly map: Pick<MapCache, 'current'>;
}

export function statFsOf({ servers, files, directories, logicalBytes }: ClusterStatus): StatFs {
  const sum = { capacityBytes: 0, usedBytes: 0, freeBytes: 0, serversUp: 0 };
  for (const { state, diskState, capacityBytes, usedBytes, freeBytes } of servers) {
    sum.capacityBytes += capacityBytes;
    sum.usedBytes += usedBytes;
    if (state === 'up') sum.serversUp += 1;
    if (state === 'up' && diskState === 'healthy') sum.freeBytes += freeBytes;
  }
  return {
    ...sum,
    logicalBytes,
    files,
    directories,
    servers: servers.length,
    nameBytesMax: NAME_BYTES_MAX,
    pathBytesMax: PATH_BYTES_MAX,
    fileBytesMax: FILE_BYTES_MAX,
  };
}

export function locations(
  { scopes, resolver, map }: SurveyParts,
  path: Path,
  options: LocationsOptions = {},
): Promise<FileLocation[]> {
  return scopes.run(`locations of ${shown(path)}`, options, async (scope) => {
    const { start = 0, end = FILE_BYTES_MAX } = options;
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start)) {
      throw new TesseraError('INVALID_ARGUMENT', `start ${start} and end ${end} are not a range of bytes`);
    }
    const file = await resolver.first({ path: pathBytes(path) }, start, scope);
    const to = Math.min(end, file.bytes);
    const found: FileLocation[] = [];
    if (file.isInline || start >= to) return found;
    for await (const piece of resolver.pieces(file, start, to, scope)) {
      found.push(locationOf(extentInfo(piece, map.current)));
    }
    return found;
  });
}

/** With one data shard, the parity shards are copies of it. */
function locationOf({ fileOffset, bytes, dataCount, shard, parity }: ExtentInfo): FileLocation {
  const holders = dataCount === 1 ? [shard, ...parity] : [shard];
  return { offset: fileOffset, bytes, servers: holders.filter(isThere).map(serverOf) };
}

function isThere({ server, state }: ShardPlace): boolean {
  return server !== 0 && state === 'live';
}

function serverOf({ server, address, serverState, labels }: ShardPlace): LocationServer {
  return { server, address, state: serverState, labels };
}
