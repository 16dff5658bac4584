import { encodeId, layoutToWire, type v1 } from '@tessera/protocol';
import { stagedKey } from '../../records/keys.js';
import { encodeStaged } from '../../records/staged.js';
import { effectiveLayout } from './effective-layout.js';
import { insertInode } from './inodes.js';
import { FILE_MODE_DEFAULT, newFile } from './new-inode.js';
import { parseNode } from './node-path.js';
import type { PrepareMutation } from './operation.js';
import { checkOwnLayout, parseFileLayout } from './own-layout.js';
import { resolveDirectory } from './resolve-path.js';

/** Makes a nameless file that the session extends and publishes. It keeps the layout it begins with. */
export const stage: PrepareMutation<v1.StageOperation.$Properties, v1.StageResult.$Properties> = (
  request,
  { cluster, session },
) => {
  const node = parseNode(request.directory, 'directory');
  const own = parseFileLayout(request.layout);
  return (tx) => {
    const directory = resolveDirectory(tx, node);
    const id = tx.newId();
    const inherited = effectiveLayout(tx, directory.inode);
    const layout = layoutToWire(own === undefined ? inherited : checkOwnLayout(tx, cluster, inherited, own));
    insertInode(tx, id, {
      ...newFile(tx, FILE_MODE_DEFAULT, 0),
      links: 0,
      parent: directory.id,
      layout,
      stagedBy: session,
    });
    tx.insert(stagedKey(session, id), encodeStaged(tx));
    return { inode: encodeId(id), layout };
  };
};
