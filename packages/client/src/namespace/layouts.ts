import { decodeId } from '@tessera/protocol';
import type { DirectoryLayout, LayoutInfo } from '../layout-api.js';
import { directoryLayout, layoutSettings, ownLayout } from '../layout-words.js';
import type { OperationOptions, Path } from '../node-api.js';
import { pathBytes, shown } from '../path-words.js';
import type { LayoutCache } from '../put/layout-cache.js';
import type { NamespaceParts } from './parts.js';

export function getLayout(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  options?: OperationOptions,
): Promise<LayoutInfo> {
  return scopes.run(`layout of ${shown(path)}`, options, async (scope) => {
    const result = await batcher.submit('getLayout', { node: { path: pathBytes(path) } }, scope);
    return {
      own: ownLayout(result.own),
      effective: directoryLayout(result.effective),
      directory: decodeId(result.directory),
    };
  });
}

export function setLayout(
  { scopes, batcher, layouts }: NamespaceParts & { readonly layouts: Pick<LayoutCache, 'forget'> },
  path: Path,
  layout: Partial<DirectoryLayout>,
  options?: OperationOptions,
): Promise<DirectoryLayout> {
  return scopes.run(`layout of ${shown(path)}`, options, async (scope) => {
    const request = { node: { path: pathBytes(path) }, layout: layoutSettings(layout) };
    const result = await batcher.submit('setLayout', request, scope);
    layouts.forget();
    return directoryLayout(result.effective);
  });
}
