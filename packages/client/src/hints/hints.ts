import { inheritLayout, type Layout, TesseraError, type v1 } from '@tessera/protocol';
import type { DirectoryLayout } from '../layout-api.js';
import { layoutSettings } from '../layout-words.js';

const HINT_NAMES = [
  'redundancy',
  'segmentBytes',
  'durability',
  'distribution',
  'width',
  'serverOrder',
  'startServer',
  'servers',
] as const;

/** What a file may ask for when it is made, over the layout of its directory; the file keeps it. */
export type Hints = Partial<Pick<DirectoryLayout, (typeof HINT_NAMES)[number]>>;

/** Hints that were checked, as the metaserver takes them. */
export type HintFields = v1.Layout.$Properties;

/**
 * The later ones win, field by field; undefined when there are none.
 * @throws TesseraError INVALID_ARGUMENT for a hint that is not known, INVALID_LAYOUT for values that cannot be
 */
export function hintFields(...hints: readonly (Hints | undefined)[]): HintFields | undefined {
  const all: Hints = {};
  for (const each of hints) {
    if (each === undefined) continue;
    for (const name of Object.keys(each)) checkName(name);
    for (const name of HINT_NAMES) if (each[name] !== undefined) Object.assign(all, { [name]: each[name] });
  }
  return Object.keys(all).length === 0 ? undefined : layoutSettings(all);
}

/** The layout of a file that is made with these hints. */
export function hintedLayout(layout: Layout, hints: HintFields | undefined): Layout {
  return inheritLayout(layout, hints);
}

function checkName(name: string): void {
  if (HINT_NAMES.some((known) => known === name)) return;
  throw new TesseraError('INVALID_ARGUMENT', `hint '${name}' is unknown; known: ${HINT_NAMES.join(', ')}`);
}
