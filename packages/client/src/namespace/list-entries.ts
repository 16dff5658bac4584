import { entryFrom } from '../attributes.js';
import { LIST_PAGE_ENTRIES } from '../limits.js';
import type { Entry, Path } from '../node-api.js';
import { pathBytes, shown } from '../path-words.js';
import type { ListOptions } from './api.js';
import type { NamespaceParts } from './parts.js';

/** Estimate of one listed entry with attributes on the wire. */
const ENTRY_BYTES = 200;

interface Page {
  readonly entries: Entry[];
  /** Whether names follow. */
  readonly more: boolean;
}

/** A directory's entries in the order of their names' bytes; the next page is asked for while one is handed out. */
export async function* listEntries(
  parts: NamespaceParts,
  path: Path,
  options: ListOptions = {},
): AsyncGenerator<Entry, void, undefined> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  const after = options.after === undefined ? new Uint8Array() : pathBytes(options.after);
  let coming = left > 0 ? askPage(parts, path, after, left, options) : undefined;
  while (coming !== undefined) {
    const page: Page = await coming;
    left -= page.entries.length;
    const last = page.entries.at(-1);
    const goesOn = page.more && last !== undefined && left > 0;
    coming = goesOn ? askPage(parts, path, last.name, left, options) : undefined;
    for (const entry of page.entries) yield entry;
  }
}

function askPage(
  { scopes, batcher }: NamespaceParts,
  path: Path,
  after: Uint8Array,
  left: number,
  { attributes = false, ...options }: ListOptions,
): Promise<Page> {
  const limit = Math.min(left, LIST_PAGE_ENTRIES);
  const page = scopes.run(`list ${shown(path)}`, options, async (scope) => {
    const request = { node: { path: pathBytes(path) }, after, limit, attributes };
    const result = await batcher.submit('list', request, scope, undefined, limit * ENTRY_BYTES);
    return { entries: (result.entries ?? []).map(entryFrom), more: result.more ?? false };
  });
  // Whoever takes all entries sees the failure of a page; whoever stops before it must not hear of it.
  page.catch(() => {});
  return page;
}
