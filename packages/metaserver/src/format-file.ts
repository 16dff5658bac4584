import { type Disk, DiskError, readWholeFile, replaceFile } from '@tessera/env';
import { CLUSTER_ID_BYTES, hash64, TesseraError } from '@tessera/protocol';

/** Version of what a metaserver keeps in its directory. */
const FORMAT_VERSION = 1;

const FORMAT_FILE = 'format.json';
const FORMAT_BYTES_MAX = 4_096;

/**
 * The cluster that a directory's `format.json` names; undefined when there is no such file yet.
 * @throws TesseraError WRONG_VERSION for a newer format, DISK_REFUSED for a directory of something else, CORRUPT
 */
export async function readFormat(disk: Disk, directory: string): Promise<Uint8Array | undefined> {
  const path = `${directory}/${FORMAT_FILE}`;
  let text: string;
  try {
    text = new TextDecoder().decode(await readWholeFile(disk, path, FORMAT_BYTES_MAX));
  } catch (error) {
    if (error instanceof DiskError && (error.code === 'NOT_FOUND' || error.code === 'NOT_A_DIRECTORY'))
      return undefined;
    throw error;
  }
  const { role, version, clusterId, checksum } = parse(path, text);
  // The checksum is that of this role and version: it is not the file of something else, it has changed.
  const isOurs = checksum === checksumOf(String(clusterId));
  if (isOurs && (role !== 'metaserver' || version !== FORMAT_VERSION)) throw damaged(path);
  if (role !== 'metaserver') {
    throw new TesseraError(
      'DISK_REFUSED',
      `${directory} belongs to a ${String(role)}, not to a metaserver: give each daemon a directory of its own`,
    );
  }
  if (Number(version) > FORMAT_VERSION) {
    throw new TesseraError(
      'WRONG_VERSION',
      `${path} has format version ${String(version)}, this release reads up to ${FORMAT_VERSION}: start the newer release`,
    );
  }
  const id = Buffer.from(String(clusterId), 'hex');
  if (version !== FORMAT_VERSION || id.length !== CLUSTER_ID_BYTES || checksum !== checksumOf(String(clusterId))) {
    throw damaged(path);
  }
  return new Uint8Array(id);
}

export async function writeFormat(disk: Disk, directory: string, clusterId: Uint8Array): Promise<void> {
  const id = Buffer.from(clusterId).toString('hex');
  const content = { role: 'metaserver', version: FORMAT_VERSION, clusterId: id, checksum: checksumOf(id) };
  await replaceFile(disk, directory, FORMAT_FILE, new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`));
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
  } catch {
    // No JSON: said below.
  }
  throw damaged(path);
}

function damaged(path: string): TesseraError {
  return new TesseraError(
    'CORRUPT',
    `${path} is damaged. The journal knows the cluster too: remove the file and start again, and it is written anew`,
  );
}

function checksumOf(clusterId: string): string {
  return hash64(new TextEncoder().encode(`metaserver ${FORMAT_VERSION} ${clusterId}`))
    .toString(16)
    .padStart(16, '0');
}
