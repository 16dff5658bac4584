import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { TesseraError } from '@tessera/client';

/** Something local to transfer; `relative` says where it lies below the walk's beginning ('' is the beginning). */
export type LocalNode =
  | { kind: 'directory'; local: string; relative: string }
  | { kind: 'file'; local: string; relative: string; bytes: number }
  | { kind: 'unusable'; local: string; relative: string; error: unknown };

/**
 * A local file, or with `recursive` a directory with all it holds: directories before their entries, names sorted.
 * Links to files are followed; links to directories inside a tree are not, since they can lead in circles: they come
 * out unusable, like sockets and devices.
 */
export async function* walkLocal(local: string, recursive: boolean): AsyncGenerator<LocalNode> {
  const node = await inspectLocal(local, '', recursive);
  if (node.kind === 'directory') yield* walkDirectory(local, '');
  else yield node;
}

async function* walkDirectory(local: string, relative: string): AsyncGenerator<LocalNode> {
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = await readdir(local, { withFileTypes: true });
  } catch (error) {
    yield { kind: 'unusable', local, relative, error };
    return;
  }
  yield { kind: 'directory', local, relative };
  for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const child = path.join(local, entry.name);
    const childRelative = relative === '' ? entry.name : `${relative}/${entry.name}`;
    if (entry.isDirectory()) yield* walkDirectory(child, childRelative);
    else yield inspectLocal(child, childRelative, false);
  }
}

async function inspectLocal(local: string, relative: string, directories: boolean): Promise<LocalNode> {
  try {
    const found = await stat(local);
    if (found.isFile()) return { kind: 'file', local, relative, bytes: found.size };
    if (found.isDirectory() && directories) return { kind: 'directory', local, relative };
    return { kind: 'unusable', local, relative, error: refusal(local, relative, found.isDirectory()) };
  } catch (error) {
    return { kind: 'unusable', local, relative, error };
  }
}

function refusal(local: string, relative: string, isDirectory: boolean): TesseraError {
  if (!isDirectory) return new TesseraError('INVALID_ARGUMENT', `local ${local} is neither a file nor a directory`);
  if (relative === '') return new TesseraError('IS_A_DIRECTORY', `local ${local} is a directory`);
  return new TesseraError('INVALID_ARGUMENT', `local ${local} is a link to a directory, which is not followed`);
}
