import { ID_NONE, ROOT_INODE } from '@tessera/protocol';
import type { MetadataStore } from '../../store/transaction.js';
import { addTotals } from '../stripes/totals.js';
import { insertInode, readInode } from './inodes.js';
import { DIRECTORY_MODE_DEFAULT, newDirectory } from './new-inode.js';

/** Makes the root directory when the store has none, as at the first start. */
export async function ensureRoot(store: MetadataStore): Promise<void> {
  await store.transact((tx) => {
    if (readInode(tx, ROOT_INODE) !== undefined) return;
    insertInode(tx, ROOT_INODE, newDirectory(tx, ID_NONE, DIRECTORY_MODE_DEFAULT, undefined));
    addTotals(tx, { directories: 1 });
  });
}
