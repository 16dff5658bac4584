import type { Attributes } from '@tessera/client';
import { resolve } from '../../model/reading.js';
import type { ModelNode, Tree } from '../../model/tree.js';
import type { Actor } from '../actor.js';
import type { Turn } from '../turn.js';

export async function stat(turn: Turn): Promise<void> {
  const { actor, draw } = turn;
  const { client, territory } = actor;
  const path = draw.chance(0.7) ? turn.filePath() : turn.directoryPath();
  const attributes = await actor.look(
    `stat ${path}`,
    () => client.stat(territory.absolute(path), turn.options()),
    (tree, seen) => {
      if ('lost' in seen) return false;
      const node = resolve(tree, path);
      if ('refusal' in seen) return node === seen.refusal;
      return typeof node !== 'string' && attributesFit(tree, path, node, seen.value);
    },
    showAttributes,
  );
  if (attributes) noteIdentity(actor, path, attributes);
}

/** Whether attributes are those of a node of the tree. */
export function attributesFit(tree: Tree, path: string, node: ModelNode, attributes: Attributes): boolean {
  if (attributes.kind !== node.kind) return false;
  return node.kind === 'file'
    ? attributes.bytes === node.tag.bytes && attributes.links === 1
    : attributes.entries === tree.names(path).length;
}

export function showAttributes({ kind, bytes, entries, inode }: Attributes): string {
  return kind === 'file' ? `a file of ${bytes} bytes, inode ${inode}` : `a directory of ${entries}, inode ${inode}`;
}

/** Where only one tree is possible, it is certain whose inode this is. */
function noteIdentity({ territory, books }: Actor, path: string, { inode }: Attributes): void {
  const trees = territory.worlds.trees();
  const node = trees[0]?.find(path);
  if (trees.length === 1 && node?.kind === 'file') books.identities.note(node.tag, inode);
}
