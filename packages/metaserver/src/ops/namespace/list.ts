import { prefixEnd } from '@tessera/kv';
import { encodeId, type Id, LIST_ENTRIES_MAX, NAME_BYTES_MAX, TesseraError, type v1 } from '@tessera/protocol';
import { decodeDentry } from '../../records/dentry.js';
import { dentryKey, inodeKey, nameInKey } from '../../records/keys.js';
import type { MetadataStore, ReadTransaction } from '../../store/transaction.js';
import { attributesOf } from './attributes.js';
import { readInode, requireInode } from './inodes.js';
import { parseNode } from './node-path.js';
import { placeIn, resolveDirectory } from './resolve-path.js';

/** Inodes that one read of the second pass looks at. */
const ATTRIBUTES_PER_READ_MAX = 500;

interface NamedInode {
  readonly name: Uint8Array;
  readonly inode: Id;
  readonly kind: number;
}

/**
 * A page of a directory. A name that is there throughout appears, one that is not there throughout does not; one that
 * comes or goes meanwhile may do either. Attributes are read after the names and are never older.
 * @throws TesseraError INVALID_ARGUMENT, INVALID_PATH, NOT_FOUND, NOT_A_DIRECTORY
 */
export async function list(
  store: MetadataStore,
  request: v1.ListOperation.$Properties,
): Promise<v1.ListResult.$Properties> {
  const node = parseNode(request.node);
  const limit = parseLimit(request.limit);
  let after = parseAfter(request.after);
  const directory = await store.read((tx) => resolveDirectory(tx, node).id);
  for (;;) {
    const { names, more } = await scanNames(store, directory, after, limit);
    const entries = request.attributes ? await describeEntries(store, directory, names) : names.map(toEntry);
    // A page whose names are all gone again would leave the caller no name to go on from.
    if (entries.length > 0 || !more) return { entries, more };
    after = (names[names.length - 1] as NamedInode).name;
  }
}

async function scanNames(
  store: MetadataStore,
  directory: Id,
  after: Uint8Array,
  limit: number,
): Promise<{ names: NamedInode[]; more: boolean }> {
  const start = dentryKey(directory, after);
  const from = after.length === 0 ? start : Uint8Array.of(...start, 0);
  const to = prefixEnd(dentryKey(directory, new Uint8Array())) as Uint8Array;
  const rows = await store.scan({ from, to }, limit + 1);
  const more = rows.length > limit;
  if (more) rows.pop();
  const names = rows.map(({ key, value }) => {
    const { inode, kind } = decodeDentry(value);
    return { name: nameInKey(key), inode, kind };
  });
  return { names, more };
}

async function describeEntries(
  store: MetadataStore,
  directory: Id,
  names: readonly NamedInode[],
): Promise<v1.DirectoryEntry.$Properties[]> {
  const entries: v1.DirectoryEntry.$Properties[] = [];
  for (let start = 0; start < names.length; start += ATTRIBUTES_PER_READ_MAX) {
    const part = names.slice(start, start + ATTRIBUTES_PER_READ_MAX);
    const described = await store.read((tx) => {
      tx.prefetch(part.map(({ inode }) => inodeKey(inode)));
      return part.map((named) => describeEntry(tx, directory, named));
    });
    for (const entry of described) if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** The entry with its attributes; of what has the name now when the inode seen is gone; undefined when nothing has. */
function describeEntry(
  tx: ReadTransaction,
  directory: Id,
  { name, inode: id, kind }: NamedInode,
): v1.DirectoryEntry.$Properties | undefined {
  const inode = readInode(tx, id);
  if (inode !== undefined && inode.links > 0) {
    return { name, inode: encodeId(id), kind, attributes: attributesOf(id, inode) };
  }
  const { dentry } = placeIn(tx, directory, name);
  if (dentry === undefined) return undefined;
  const attributes = attributesOf(dentry.inode, requireInode(tx, dentry.inode));
  return { name, inode: encodeId(dentry.inode), kind: dentry.kind, attributes };
}

function toEntry({ name, inode, kind }: NamedInode): v1.DirectoryEntry.$Properties {
  return { name, inode: encodeId(inode), kind };
}

function parseLimit(limit: number | null | undefined): number {
  if (limit === null || limit === undefined || limit === 0) return LIST_ENTRIES_MAX;
  if (limit > LIST_ENTRIES_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `limit is ${limit}; at most ${LIST_ENTRIES_MAX} entries come at once`);
  }
  return limit;
}

function parseAfter(after: Uint8Array | null | undefined): Uint8Array {
  if (after === null || after === undefined) return new Uint8Array();
  if (after.length > NAME_BYTES_MAX) {
    throw new TesseraError('INVALID_ARGUMENT', `after has ${after.length} bytes; a name has at most ${NAME_BYTES_MAX}`);
  }
  return after;
}
