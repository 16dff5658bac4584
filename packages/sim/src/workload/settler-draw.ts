import type { Draw } from '../draw.js';
import type { CommonsAction, CommonsChange, CommonsRead } from '../model/commons/action.js';
import type { Books } from './books.js';
import type { Wishes } from './layouts.js';

/** Few names, so that all kinds of things meet at them. */
const NAMES = ['a', 'b', 'c', 'l', 's', 's/a', 's/b', 's/t', 's/t/a', 'l/a'];
const DIRECTORY_NAMES = ['', 's', 's/t', 'l'];
/** None leads above the root of what links in it are made for. */
const TARGETS = ['a', 's', 's/t', './b', '../a', '../s', 'l', 's/../b', 'nowhere'];
const XATTR_NAMES = ['user.x', 'user.y'];
const FILE_BYTES_MAX = [100, 100, 3_000, 9_000, 70_000];
const HINTED_SHARE = 0.15;
const THERE_SHARE = 0.75;
const MODES = [0o600, 0o640, 0o755];

const WEIGHTS = {
  put: 18,
  touch: 5,
  mkdir: 8,
  symlink: 7,
  link: 10,
  rename: 12,
  remove: 7,
  copy: 6,
  'set attributes': 4,
  'set xattr': 6,
  'remove xattr': 2,
  'set layout': 4,
  stat: 10,
  get: 8,
  list: 5,
  'list with attributes': 5,
  readlink: 3,
  'get xattr': 4,
  'list xattrs': 2,
  'get layout': 4,
} as const;

/** What a choice depends on. */
export interface Circumstances {
  readonly draw: Draw;
  readonly books: Books;
  readonly wishes: Wishes;
  /** What is there, as far as one has heard. */
  readonly names: readonly string[];
}

/** What to ask for next, by path. */
export function drawAction(from: Circumstances): Exclude<CommonsAction, { inode: bigint } | { type: 'open' }> {
  const { draw, books } = from;
  const type = draw.weighted(WEIGHTS);
  return type in CHANGES
    ? { id: books.newContent(0).id, ...CHANGES[type as keyof typeof CHANGES](from) }
    : READS[type as keyof typeof READS](from);
}

/** A file that is put, as one of several. */
export function drawPut(from: Circumstances): Extract<CommonsChange, { type: 'put' }> {
  return { id: from.books.newContent(0).id, ...CHANGES.put(from) };
}

const path = ({ draw }: Circumstances) => draw.of(NAMES);
/** Mostly what is there, as far as one hears. */
const existing = ({ draw, names }: Circumstances) =>
  names.length > 0 && draw.chance(THERE_SHARE) ? draw.of(names) : draw.of(NAMES);
const follow = ({ draw }: Circumstances) => draw.chance(0.7);

const CHANGES = {
  put: (from: Circumstances) => {
    const { draw, books, wishes } = from;
    const { layout: hints, refusal } = draw.chance(HINTED_SHARE) ? wishes.hints(draw) : { layout: {} };
    return {
      type: 'put' as const,
      path: path(from),
      tag: books.newContent(1 + draw.below(draw.of(FILE_BYTES_MAX))),
      replace: draw.chance(0.6),
      makeParents: draw.chance(0.4),
      hints,
      ...(refusal && { refusal }),
    };
  },
  touch: (from: Circumstances) => ({
    type: 'touch' as const,
    path: path(from),
    create: from.draw.chance(0.7),
  }),
  mkdir: ({ draw }: Circumstances) => ({
    type: 'mkdir' as const,
    path: draw.of(['s', 's/t', 's', 'a']),
    parents: draw.chance(0.5),
  }),
  symlink: ({ draw }: Circumstances) => ({
    type: 'symlink' as const,
    target: draw.of(TARGETS),
    path: draw.of(['l', 'l', 's/l', 'a', 's/a']),
    replace: draw.chance(0.5),
  }),
  link: (from: Circumstances) => ({ type: 'link' as const, existing: existing(from), path: path(from) }),
  rename: (from: Circumstances) => ({
    type: 'rename' as const,
    from: existing(from),
    to: path(from),
    replace: from.draw.chance(0.7),
  }),
  remove: (from: Circumstances) => ({
    type: 'remove' as const,
    path: existing(from),
    recursive: from.draw.chance(0.4),
  }),
  copy: (from: Circumstances) => ({
    type: 'copy' as const,
    from: existing(from),
    to: path(from),
    replace: from.draw.chance(0.6),
  }),
  'set attributes': (from: Circumstances) => ({
    type: 'set attributes' as const,
    path: existing(from),
    follow: follow(from),
    mode: from.draw.of(MODES),
    uid: from.draw.below(3),
    gid: from.draw.below(3),
  }),
  'set xattr': (from: Circumstances) => {
    const { draw, books } = from;
    const mode = draw.of(['create', 'replace', undefined, undefined] as const);
    const ifValue = draw.chance(0.2) ? `value ${draw.below(20)}` : undefined;
    return {
      type: 'set xattr' as const,
      path: draw.chance(0.3) ? '' : existing(from),
      follow: follow(from),
      name: draw.of(XATTR_NAMES),
      value: `value ${books.newContent(0).id % 20}`,
      ...(mode && { mode }),
      ...(ifValue !== undefined && { ifValue }),
    };
  },
  'remove xattr': (from: Circumstances) => {
    const { draw } = from;
    const ifValue = draw.chance(0.2) ? `value ${draw.below(20)}` : undefined;
    return {
      type: 'remove xattr' as const,
      path: draw.chance(0.3) ? '' : existing(from),
      follow: follow(from),
      name: draw.of(XATTR_NAMES),
      ...(ifValue !== undefined && { ifValue }),
    };
  },
  'set layout': ({ draw, wishes }: Circumstances) => ({
    type: 'set layout' as const,
    path: draw.of([...DIRECTORY_NAMES, 'a', 'b']),
    ...(draw.chance(0.3) ? wishes.hints(draw) : wishes.layout(draw)),
  }),
} satisfies Partial<Record<CommonsChange['type'], (from: Circumstances) => object>>;

const READS = {
  stat: (from: Circumstances) => ({
    type: 'stat' as const,
    path: from.draw.chance(0.1) ? '' : existing(from),
    follow: follow(from),
  }),
  get: (from: Circumstances) => ({ type: 'get' as const, path: existing(from) }),
  list: ({ draw }: Circumstances) => ({ type: 'list' as const, path: draw.of(DIRECTORY_NAMES) }),
  'list with attributes': ({ draw }: Circumstances) => ({
    type: 'list with attributes' as const,
    path: draw.of(DIRECTORY_NAMES),
  }),
  readlink: ({ draw }: Circumstances) => ({ type: 'readlink' as const, path: draw.of(['l', 's/l', 'a']) }),
  'get xattr': (from: Circumstances) => ({
    type: 'get xattr' as const,
    path: from.draw.chance(0.3) ? '' : existing(from),
    follow: follow(from),
    name: from.draw.of(XATTR_NAMES),
  }),
  'list xattrs': () => ({ type: 'list xattrs' as const }),
  'get layout': (from: Circumstances) => ({
    type: 'get layout' as const,
    path: from.draw.chance(0.5) ? from.draw.of(DIRECTORY_NAMES) : existing(from),
  }),
} satisfies Partial<Record<CommonsRead['type'], (from: Circumstances) => CommonsRead>>;
