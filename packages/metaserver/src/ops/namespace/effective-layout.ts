import { DEFAULT_LAYOUT, ID_NONE, inheritLayout, type Layout, TesseraError, type v1 } from '@tessera/protocol';
import type { Inode } from '../../records/inode.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { DIRECTORY_DEPTH_MAX } from './attached.js';
import { requireDirectory } from './inodes.js';

/** The layout that applies in a directory: what it sets, then what its parents up to the root set, then the defaults. */
export function effectiveLayout(tx: ReadTransaction, directory: Inode): Layout {
  const own: v1.Layout.$Properties[] = [];
  let inode = directory;
  for (let depth = 0; ; depth++) {
    if (inode.layout !== undefined) own.push(inode.layout);
    if (inode.parent === ID_NONE) break;
    if (depth >= DIRECTORY_DEPTH_MAX) {
      throw new TesseraError('TOO_LARGE', `directories are nested deeper than ${DIRECTORY_DEPTH_MAX}`);
    }
    inode = requireDirectory(tx, inode.parent);
  }
  let layout = DEFAULT_LAYOUT;
  for (let index = own.length - 1; index >= 0; index--) layout = inheritLayout(layout, own[index]);
  return layout;
}
