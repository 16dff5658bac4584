import type { Client } from '@tessera/client';
import { joinRemote } from '../remote-path.js';

export interface RemoteNode {
  kind: 'directory' | 'file';
  path: string;
  /** Below where the walk began; '' is that directory itself. */
  relative: string;
}

/** What a remote directory holds, itself first, directories before their entries. */
export async function* walkRemote(
  client: Client,
  directory: string,
  signal: AbortSignal,
  relative = '',
): AsyncGenerator<RemoteNode> {
  yield { kind: 'directory', path: directory, relative };
  for await (const { text, kind } of client.list(directory, { signal })) {
    const path = joinRemote(directory, text);
    const childRelative = relative === '' ? text : `${relative}/${text}`;
    if (kind === 'directory') yield* walkRemote(client, path, signal, childRelative);
    // A symbolic link is read as the file it leads to.
    else yield { kind: 'file', path, relative: childRelative };
  }
}
