import type { DirectoryLayout } from '@tessera/client';
import type { CommonsRead } from './action.js';
import { effectiveLayout, findTarget, type Refusal, resolveDirectory, resolveNode } from './resolve.js';
import { type CommonsNode, type CommonsState, ROOT } from './state.js';

/** What a read is answered with: a word, and the node that was looked at where the answer tells which it is. */
export type Seen = { readonly word: string; readonly node?: number } | Refusal;

/** What the answer to a read must be. */
export function look(state: CommonsState, read: CommonsRead): Seen {
  switch (read.type) {
    case 'stat': {
      const node = resolveNode(state, read.path, read.follow);
      return typeof node === 'string' ? node : { word: statWord(attributesOf(state.node(node))), node };
    }
    case 'get':
    case 'open': {
      const node = resolveNode(state, read.path);
      if (typeof node === 'string') return node;
      const there = state.node(node);
      if (there.kind !== 'file') return 'IS_A_DIRECTORY';
      return read.type === 'open' ? { word: 'open', node } : { word: contentWord(there.tag.id, there.tag.bytes) };
    }
    case 'list':
    case 'list with attributes': {
      const directory = resolveDirectory(state, read.path);
      if (typeof directory === 'string') return directory;
      const { entries } = state.directory(directory);
      if (read.type === 'list') return { word: namesWord(entries.keys()) };
      return { word: listWord([...entries].map(([name, id]) => ({ name, ...attributesOf(state.node(id)) }))) };
    }
    case 'readlink': {
      const node = resolveNode(state, read.path, false);
      if (typeof node === 'string') return node;
      const link = state.node(node);
      return link.kind === 'symlink' ? { word: link.target } : 'INVALID_ARGUMENT';
    }
    case 'get xattr': {
      const node = resolveNode(state, read.path, read.follow);
      return typeof node === 'string' ? node : { word: state.node(node).xattrs.get(read.name) ?? 'absent' };
    }
    case 'list xattrs':
      return { word: xattrsWord(state.node(ROOT).xattrs) };
    case 'get layout':
      return layoutAt(state, read.path);
    case 'read open': {
      const node = state.byInode(read.inode);
      const there = node === undefined ? undefined : state.node(node);
      return there?.kind === 'file' ? { word: contentWord(there.tag.id, there.tag.bytes) } : 'NOT_FOUND';
    }
  }
}

interface Shown {
  readonly kind: CommonsNode['kind'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
  readonly entries: number;
}

export function statWord({ kind, mode, uid, gid, bytes, entries }: Shown): string {
  return `${kind} of ${kind === 'directory' ? entries : bytes}, mode ${mode.toString(8)}, owner ${uid}:${gid}`;
}

export function namesWord(names: Iterable<string>): string {
  return [...names].sort().join(' ') || 'nothing';
}

export function listWord(entries: readonly (Shown & { readonly name: string })[]): string {
  const lines = entries.map((entry) => `${entry.name}: ${statWord(entry)}`).sort();
  return lines.join('; ') || 'nothing';
}

/** Files without content are alike. */
export function contentWord(id: number, bytes: number): string {
  return bytes === 0 ? 'empty' : `#${id}`;
}

export function xattrsWord(xattrs: Iterable<readonly [string, string]>): string {
  return (
    [...xattrs]
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(' ') || 'none'
  );
}

/** What of a layout is set and asked for here. */
export function layoutWord(layout: Partial<DirectoryLayout>): string {
  const { redundancy, segmentBytes, inlineBytes, width, serverOrder, startServer, servers, distribution } = {
    ...DEFAULTS,
    ...layout,
  };
  const choice = `width ${width}, ${serverOrder} from ${startServer} of ${servers.join('+') || 'any'}, ${distribution}`;
  return `${redundancy} in segments of ${segmentBytes}, inline to ${inlineBytes}, ${choice}`;
}

/** What the root of the namespace has. */
const DEFAULTS = {
  redundancy: 'rs-4-2',
  segmentBytes: 1024 * 1024,
  inlineBytes: 4096,
  width: 0,
  serverOrder: 'any',
  startServer: 0,
  servers: [],
  distribution: 'simple_stripe',
} satisfies Partial<DirectoryLayout>;

function attributesOf(node: CommonsNode): Shown {
  const { kind, mode, uid, gid } = node;
  const shown = { kind, mode, uid, gid, bytes: 0, entries: 0 };
  if (node.kind === 'file') return { ...shown, bytes: node.tag.bytes };
  if (node.kind === 'symlink') return { ...shown, bytes: node.target.length };
  return { ...shown, entries: node.entries.size };
}

/** A file's is that of the directory by which it is found, with what it sets itself. */
function layoutAt(state: CommonsState, path: string): Seen {
  const place = path === '' ? undefined : findTarget(state, path);
  if (typeof place === 'string') return place;
  const id = place === undefined ? ROOT : place.id;
  if (id === undefined) return 'NOT_FOUND';
  const node = state.node(id);
  if (node.kind === 'directory') return { word: layoutWord(effectiveLayout(state, id)) };
  return { word: layoutWord({ ...effectiveLayout(state, place?.directory ?? ROOT), ...node.layout }) };
}
