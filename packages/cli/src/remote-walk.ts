import type { Attributes, Client } from '@tessera/client';
import { joinRemote, remoteName } from './remote-path.js';

export interface WalkedNode {
  path: string;
  name: string;
  /** Below where the walk began; '' is that node itself. */
  relative: string;
  /** 0 is where the walk began. */
  depth: number;
  attributes: Attributes;
}

export interface WalkOptions {
  signal: AbortSignal;
  /** Directories whose entries are left out. */
  skips?: (directory: WalkedNode) => boolean;
}

/**
 * What is at a path and below it: directories before their entries, names in order of their bytes. Symbolic links below
 * it are not followed.
 */
export async function* walkTree(client: Client, path: string, options: WalkOptions): AsyncGenerator<WalkedNode> {
  const { signal, skips = () => false } = options;
  const attributes = await client.stat(path, { signal });
  const top = { path, name: remoteName(path), relative: '', depth: 0, attributes };
  yield top;
  if (attributes.kind === 'directory' && !skips(top)) yield* walkEntries(client, top, signal, skips);
}

async function* walkEntries(
  client: Client,
  directory: WalkedNode,
  signal: AbortSignal,
  skips: (directory: WalkedNode) => boolean,
): AsyncGenerator<WalkedNode> {
  for await (const { text, attributes } of client.list(directory.path, { attributes: true, signal })) {
    if (attributes === undefined) continue;
    const node = {
      path: joinRemote(directory.path, text),
      name: text,
      relative: directory.relative === '' ? text : `${directory.relative}/${text}`,
      depth: directory.depth + 1,
      attributes,
    };
    yield node;
    if (attributes.kind === 'directory' && !skips(node)) yield* walkEntries(client, node, signal, skips);
  }
}
