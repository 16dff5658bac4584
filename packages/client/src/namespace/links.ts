import { decodeName } from '@tessera/protocol';
import { attributesFrom } from '../attributes.js';
import type { Attributes, OperationOptions, Path } from '../node-api.js';
import { ownBytes } from '../own-bytes.js';
import { nodeAt, pathBytes, shown } from '../path-words.js';
import type { LayoutCache } from '../put/layout-cache.js';
import type { LinkOptions, LinkTarget, SymlinkOptions } from './api.js';
import type { NamespaceParts } from './parts.js';

/** Which directory a path means changes with the links on its way. */
type LinkParts = NamespaceParts & { readonly layouts: Pick<LayoutCache, 'forget'> };

export function symlink(
  { scopes, batcher, layouts }: LinkParts,
  target: Path,
  path: Path,
  options: SymlinkOptions = {},
): Promise<Attributes> {
  return scopes.run(`symlink ${shown(path)}`, options, async (scope) => {
    const { replace = false, makeParents = false } = options;
    const request = { node: nodeAt(path), target: pathBytes(target), replace, makeParents };
    const reply = await batcher.submit('symlink', request, scope, pathBytes(target).length + pathBytes(path).length);
    layouts.forget();
    return attributesFrom(reply.attributes);
  });
}

export function readlink(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  options?: OperationOptions,
): Promise<LinkTarget> {
  return scopes.run(`readlink ${shown(path)}`, options, async (scope) => {
    const reply = await batcher.submit('readlink', { node: nodeAt(path) }, scope);
    const target = ownBytes(reply.target);
    return { target, text: decodeName(target) };
  });
}

export function link(
  { scopes, batcher, layouts }: LinkParts,
  existing: Path,
  path: Path,
  options: LinkOptions = {},
): Promise<Attributes> {
  return scopes.run(`link ${shown(path)} to ${shown(existing)}`, options, async (scope) => {
    const { makeParents = false } = options;
    const request = { from: nodeAt(existing, { follow: false }), to: nodeAt(path), makeParents };
    const reply = await batcher.submit('link', request, scope);
    layouts.forget();
    return attributesFrom(reply.attributes);
  });
}
