import type { Entry } from '@tessera/client';
import { resolveDirectory } from '../../model/reading.js';
import type { Tree } from '../../model/tree.js';
import type { Turn } from '../turn.js';
import { attributesFit } from './stat.js';

export async function list(turn: Turn): Promise<void> {
  const { client, territory } = turn.actor;
  const path = turn.draw.chance(0.9) ? turn.directoryPath() : turn.filePath();
  await turn.actor.look(
    `list ${path}`,
    async () => {
      const entries: Entry[] = [];
      const options = { ...turn.options(), attributes: true };
      for await (const entry of client.list(territory.absolute(path), options)) entries.push(entry);
      return entries;
    },
    (tree, seen) => {
      if ('lost' in seen) return false;
      const directory = resolveDirectory(tree, path);
      if ('refusal' in seen) return directory === seen.refusal;
      return typeof directory !== 'string' && listingFits(tree, path, seen.value);
    },
    (entries) => entries.map(({ text, kind }) => (kind === 'file' ? text : `${text}/`)).join(' ') || 'nothing',
  );
}

/** Whether entries, with attributes, are those of a directory of the tree. */
export function listingFits(tree: Tree, directory: string, entries: readonly Entry[]): boolean {
  const names = tree.names(directory);
  if (names.length !== entries.length) return false;
  return entries.every(({ text, kind, attributes, inode }, index) => {
    const path = directory === '' ? text : `${directory}/${text}`;
    const node = tree.find(path);
    if (text !== names[index] || node === undefined || node.kind !== kind) return false;
    return attributes !== undefined && attributes.inode === inode && attributesFit(tree, path, node, attributes);
  });
}
