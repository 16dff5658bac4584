import type { Client } from '@tessera/client';

/** Names shown of one directory: more help nobody. */
const NAMES_MAX = 500;
/** Who presses a key does not wait longer. */
const LOOK_MS_MAX = 2_000;

/** Paths in the cluster that begin with `prefix`, directories with a slash at the end. */
export async function remotePaths(client: Client, prefix: string): Promise<string[]> {
  const directory = prefix.slice(0, prefix.lastIndexOf('/') + 1) || '/';
  const begun = prefix.slice(prefix.lastIndexOf('/') + 1);
  const paths: string[] = [];
  for await (const { text, attributes } of client.list(directory, { attributes: true, deadlineMs: LOOK_MS_MAX })) {
    if (!text.startsWith(begun)) continue;
    paths.push(`${directory}${text}${attributes?.kind === 'directory' ? '/' : ''}`);
    if (paths.length === NAMES_MAX) break;
  }
  return paths;
}
