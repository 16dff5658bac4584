import { decodeId, formatId, ID_NONE, type Id, TesseraError } from '@tessera/protocol';
import type { Inode } from '../../records/inode.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readInode } from './inodes.js';

/** @throws TesseraError INVALID_ARGUMENT */
export function parseStagedId(bytes: Uint8Array | null | undefined): Id {
  const id = decodeId(bytes);
  if (id === ID_NONE) throw new TesseraError('INVALID_ARGUMENT', 'inode is missing: it is the id that stage gave');
  return id;
}

/** A file that this session has staged and not published. @throws TesseraError NOT_FOUND */
export function requireStaged(tx: ReadTransaction, id: Id, session: Id): Inode {
  const inode = readInode(tx, id);
  if (inode === undefined || inode.stagedBy !== session) {
    throw new TesseraError('NOT_FOUND', `this session has staged no file ${formatId(id)}, or has published it already`);
  }
  return inode;
}
