import type { Client, ClusterStatus } from '@tessera/client';
import { OracleViolation } from '../oracle/violation.js';

/** What a walk over the whole namespace counted. */
export interface Walked {
  files: number;
  directories: number;
  logicalBytes: number;
}

/** Counts everything below the root; the root itself is a directory too. */
export async function walkAll(client: Client): Promise<Walked> {
  const walked: Walked = { files: 0, directories: 1, logicalBytes: 0 };
  // A file counts once, however many names it has.
  const known = new Set<bigint>();
  const walk = async (directory: string): Promise<void> => {
    for await (const { text, attributes } of client.list(directory || '/', { attributes: true })) {
      if (attributes?.kind === 'directory') {
        walked.directories++;
        await walk(`${directory}/${text}`);
      } else if (attributes !== undefined && !known.has(attributes.inode)) {
        known.add(attributes.inode);
        walked.files++;
        walked.logicalBytes += attributes.bytes;
      }
    }
  };
  await walk('');
  return walked;
}

/** The metaserver's running totals against what there is. @throws OracleViolation */
export function checkTotals(status: ClusterStatus, walked: Walked): void {
  for (const what of ['files', 'directories', 'logicalBytes'] as const) {
    if (status[what] === walked[what]) continue;
    throw new OracleViolation(`the cluster counts ${status[what]} ${what}, a walk over all of it ${walked[what]}`);
  }
}
