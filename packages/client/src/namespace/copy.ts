import { encodeId, FILE_BYTES_MAX, TesseraError, toLong, type v1 } from '@tessera/protocol';
import { attributesFrom } from '../attributes.js';
import type { FileReader } from '../get/file-reader.js';
import { READ_RESTARTS_MAX } from '../limits.js';
import type { Path } from '../node-api.js';
import { nodeAt, pathBytes, shown } from '../path-words.js';
import type { FileWriter } from '../put/file-writer.js';
import { type LayoutCache, parentOf } from '../put/layout-cache.js';
import type { Scope } from '../scope.js';
import type { CopyOptions, CopyResult } from './api.js';
import type { NamespaceParts } from './parts.js';
import { checkTime } from './set-attributes.js';

export interface CopyParts extends NamespaceParts {
  readonly layouts: LayoutCache;
  readonly reader: Pick<FileReader, 'stream'>;
  readonly writer: Pick<FileWriter, 'put'>;
}

export function copy(parts: CopyParts, from: Path, to: Path, options: CopyOptions = {}): Promise<CopyResult> {
  return parts.scopes.run(`copy ${shown(from)} to ${shown(to)}`, options, async (scope) => {
    const { how = 'auto', modifiedNs } = options;
    if (modifiedNs !== undefined) checkTime(modifiedNs);
    if (how === 'rewrite') return rewrite(parts, from, to, options, scope);
    try {
      return await share(parts, from, to, options, scope);
    } catch (error) {
      if (how !== 'auto' || TesseraError.from(error).code !== 'COMMIT_REFUSED') throw error;
      return rewrite(parts, from, to, options, scope);
    } finally {
      if (options.makeParents) parts.layouts.forget();
    }
  });
}

/** In one transaction, or where the file has too many extents for that, step by step. */
async function share(
  parts: CopyParts,
  from: Path,
  to: Path,
  { replace = false, makeParents = false, modifiedNs }: CopyOptions,
  scope: Scope,
): Promise<CopyResult> {
  const time = modifiedNs === undefined ? {} : { modifiedNs: toLong(modifiedNs) };
  try {
    const request = { from: nodeAt(from), to: nodeAt(to), replace, makeParents, ...time };
    const { attributes } = await parts.batcher.submit('copy', request, scope);
    return { attributes: attributesFrom(attributes), shared: true };
  } catch (error) {
    if (TesseraError.from(error).code !== 'TOO_LARGE') throw error;
  }
  for (let restarts = 0; ; restarts++) {
    try {
      return await shareInSteps(parts, from, to, { replace, makeParents, ...time }, scope);
    } catch (error) {
      if (TesseraError.from(error).code !== 'CHANGED' || restarts >= READ_RESTARTS_MAX) throw error;
    }
  }
}

async function shareInSteps(
  { batcher, layouts }: CopyParts,
  from: Path,
  to: Path,
  options: Pick<v1.PublishOperation.$Properties, 'replace' | 'makeParents' | 'modifiedNs'>,
  scope: Scope,
): Promise<CopyResult> {
  const source = attributesFrom((await batcher.submit('stat', { node: nodeAt(from) }, scope)).attributes);
  // A directory that is yet to be made has the layout of its nearest ancestor.
  const { path } = await layouts.of(parentOf(pathBytes(to)), scope);
  const { inode } = await batcher.submit('stage', { directory: { path } }, scope);
  const staged = inode ?? null;
  const step = {
    inode: staged,
    from: { base: encodeId(source.inode) },
    contentVersion: toLong(source.contentVersion),
  };
  for (let done = false; !done; scope.progress()) {
    done = (await batcher.submit('copyExtents', step, scope)).done ?? false;
  }
  const published = { inode: staged, node: nodeAt(to), ...options, mode: source.mode, bytes: source.bytes };
  const { attributes } = await batcher.submit('publish', published, scope);
  return { attributes: attributesFrom(attributes), shared: true };
}

/** Read under a scope of its own, which rests while the writing takes its time. */
async function* contentOf({ scopes, reader }: CopyParts, from: Path, writing: Scope): AsyncGenerator<Uint8Array> {
  const reading = scopes.open(`read ${shown(from)}`);
  const end = (error: TesseraError) => reading.end(error);
  writing.onEnd(end);
  try {
    yield* reader.stream({ path: pathBytes(from) }, 0, FILE_BYTES_MAX, reading);
  } finally {
    writing.offEnd(end);
    reading.close();
  }
}

async function rewrite(
  parts: CopyParts,
  from: Path,
  to: Path,
  { replace = false, makeParents = false, modifiedNs }: CopyOptions,
  scope: Scope,
): Promise<CopyResult> {
  const { batcher, writer } = parts;
  const source = attributesFrom((await batcher.submit('stat', { node: nodeAt(from) }, scope)).attributes);
  if (source.kind !== 'file') {
    throw new TesseraError('IS_A_DIRECTORY', `${shown(from)} is a directory: copy what it holds one by one`);
  }
  const content = contentOf(parts, from, scope);
  const put = { path: pathBytes(to), content, replace, makeParents, mode: source.mode, modifiedNs };
  const written = await writer.put(put, scope);
  const attributes = attributesFrom(written.attributes);
  const { mode, uid, gid } = source;
  if (attributes.mode === mode && uid === 0 && gid === 0) return { attributes, shared: false };
  const node = { base: encodeId(attributes.inode) };
  const owned = await batcher.submit('setAttributes', { node, mode, uid, gid }, scope);
  return { attributes: attributesFrom(owned.attributes), shared: false };
}
