import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TesseraError } from '@tessera/protocol';

/** The file in a local cluster's directory that says which daemons belong to it. */
export const CLUSTER_FILE = 'cluster.json';
const FORMAT = 1;
export const ANY_PORT = '127.0.0.1:0';

/** Which daemon a process is. */
export type Role = 'metaserver' | 'chunkserver';

/** One daemon of a local cluster as it was last started. */
export interface Member {
  /** `metaserver` or `chunkserver-N`; also the name of its data directory and log. */
  name: string;
  role: Role;
  /** Placement labels `key=value`, e.g. host=host-1. */
  labels: string[];
  /** Its process id when it was last started; 0 before the first start. */
  pid: number;
  /** Addresses to take again when they are free. */
  listen: string;
  health: string;
  metrics: string;
}

/** What cluster.json says: which daemons belong to the cluster, the metaserver first. */
export interface ClusterFile {
  format: number;
  members: Member[];
  /** The process that serves the cluster in the foreground and stops it with Ctrl-C; 0 = none. */
  servedBy: number;
}

/** A cluster of `chunkservers` hosts that was never started. Port 0 stands for any free one. */
export function newCluster(chunkservers: number): ClusterFile {
  const members = [newMember('metaserver', 'metaserver', [])];
  for (let index = 1; index <= chunkservers; index += 1) members.push(newChunkserver(index));
  return { format: FORMAT, members, servedBy: 0 };
}

/** One chunkserver a host: each is a failure domain of its own. */
export function newChunkserver(index: number): Member {
  return newMember(`chunkserver-${index}`, 'chunkserver', [`host=host-${index}`]);
}

function newMember(name: string, role: Role, labels: string[]): Member {
  return { name, role, labels, pid: 0, listen: ANY_PORT, health: ANY_PORT, metrics: ANY_PORT };
}

/** Undefined when no cluster was made there. @throws TesseraError CORRUPT, WRONG_VERSION */
export async function readClusterFile(directory: string): Promise<ClusterFile | undefined> {
  const file = path.join(directory, CLUSTER_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let content: ClusterFile;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new TesseraError('CORRUPT', `${file} is not JSON: restore it, or move ${directory} away`, { cause: error });
  }
  if (content.format !== FORMAT) {
    throw new TesseraError(
      'WRONG_VERSION',
      `${file} has format ${content.format}; this tessera knows ${FORMAT}: use the newer tessera that wrote it`,
    );
  }
  // Clusters made before there were metrics have no address for them.
  for (const member of content.members) member.metrics ??= ANY_PORT;
  return content;
}

export async function writeClusterFile(directory: string, content: ClusterFile): Promise<void> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, CLUSTER_FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(content, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}
