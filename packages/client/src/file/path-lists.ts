import { TesseraError } from '@tessera/protocol';
import type { Client } from '../api.js';
import type { ByteRange } from '../datatype/flatten.js';
import type { ListReader } from '../list/list-reader.js';
import type { Attributes, OperationOptions, Path } from '../node-api.js';
import { pathBytes, shown } from '../path-words.js';
import type { Scopes } from '../scope.js';
import type { OpenOptions } from './api.js';
import { type ListedFile, readArrays, readInto } from './file-lists.js';
import type { RangeData } from './list-api.js';
import type { PathWriteOptions } from './path-list-api.js';

export interface PathListParts {
  readonly scopes: Scopes;
  readonly lists: Pick<ListReader, 'read'>;
}

export function readv(
  parts: PathListParts,
  path: Path,
  ranges: readonly ByteRange[],
  options?: OperationOptions,
): Promise<Uint8Array[]> {
  return parts.scopes.run(`reading ${shown(path)}`, options, (scope) => readArrays(fileAt(parts, path), ranges, scope));
}

export function readvInto(
  parts: PathListParts,
  path: Path,
  buffer: Uint8Array,
  ranges: readonly ByteRange[],
  options?: OperationOptions,
): Promise<number[]> {
  return parts.scopes.run(`reading ${shown(path)}`, options, (scope) =>
    readInto(fileAt(parts, path), buffer, ranges, scope),
  );
}

export async function writev(
  client: Pick<Client, 'open'>,
  path: Path,
  parts: readonly RangeData[],
  { create = false, ifVersion, ...options }: PathWriteOptions = {},
): Promise<Attributes> {
  const file = await openToWrite(client, path, create, options);
  try {
    await file.writev(parts, options);
    return await file.flush({ ...options, ...(ifVersion === undefined ? {} : { ifVersion }) });
  } catch (error) {
    // Gives up what is unflushed.
    await file.writableStream().abort(error);
    throw error;
  } finally {
    await file.close().catch(() => {});
  }
}

async function openToWrite(client: Pick<Client, 'open'>, path: Path, create: boolean, options: OpenOptions) {
  for (;;) {
    try {
      return await client.open(path, 'r+', options);
    } catch (error) {
      if (!create || TesseraError.from(error).code !== 'NOT_FOUND') throw error;
    }
    try {
      return await client.open(path, 'wx', options);
    } catch (error) {
      // Somebody else was faster.
      if (TesseraError.from(error).code !== 'EXISTS') throw error;
    }
  }
}

function fileAt({ lists }: PathListParts, path: Path): ListedFile {
  return { lists, node: { path: pathBytes(path) }, behind: undefined };
}
