import type { DirectoryLayout } from '@tessera/client';
import { type CommonsState, ROOT } from './state.js';

/** How the namespace may refuse. */
export type Refusal =
  | 'NOT_FOUND'
  | 'EXISTS'
  | 'NOT_A_DIRECTORY'
  | 'IS_A_DIRECTORY'
  | 'NOT_EMPTY'
  | 'INVALID_ARGUMENT'
  | 'LINK_LOOP'
  | 'CHANGED'
  | 'INVALID_LAYOUT'
  | 'LAYOUT_UNSATISFIABLE';

/** A name in a directory, taken or not. */
export interface Place {
  readonly directory: number;
  readonly name: string;
  readonly id: number | undefined;
}

const LINKS_FOLLOWED_MAX = 40;

export function namesOf(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

/** The last name of a path, a link or not. */
export function findPlace(state: CommonsState, path: string): Place | Refusal {
  const names = namesOf(path);
  const walk = walkDirectories(state, names.slice(0, -1), { count: 0 });
  if (typeof walk === 'string') return walk;
  if (walk.walked < names.length - 1) return 'NOT_FOUND';
  return placeIn(state, walk.directory, names.at(-1) as string);
}

/** As `findPlace`; a link at the end is followed to a name that is none, which must be there. */
export function findTarget(state: CommonsState, path: string): Place | Refusal {
  const names = namesOf(path);
  const links = { count: 0 };
  const walk = walkDirectories(state, names.slice(0, -1), links);
  if (typeof walk === 'string') return walk;
  if (walk.walked < names.length - 1) return 'NOT_FOUND';
  const place = placeIn(state, walk.directory, names.at(-1) as string);
  if (place.id === undefined || state.node(place.id).kind !== 'symlink') return place;
  return followLink(state, place.directory, place.id, links);
}

/** What is at a path. */
export function resolveNode(state: CommonsState, path: string, follow = true): number | Refusal {
  if (path === '') return ROOT;
  const place = follow ? findTarget(state, path) : findPlace(state, path);
  if (typeof place === 'string') return place;
  return place.id ?? 'NOT_FOUND';
}

export function resolveDirectory(state: CommonsState, path: string): number | Refusal {
  const id = resolveNode(state, path);
  return typeof id === 'string' || state.node(id).kind === 'directory' ? id : 'NOT_A_DIRECTORY';
}

/** Walks names, directories or links to some, until one is missing. */
export function walkDirectories(
  state: CommonsState,
  names: readonly string[],
  links: { count: number },
): { directory: number; walked: number } | Refusal {
  let directory = ROOT;
  for (const [walked, name] of names.entries()) {
    const id = state.directory(directory).entries.get(name);
    if (id === undefined) return { directory, walked };
    const { kind } = state.node(id);
    if (kind === 'file') return 'NOT_A_DIRECTORY';
    const target = kind === 'symlink' ? followLink(state, directory, id, links) : { id };
    if (typeof target === 'string') return target;
    if (state.node(target.id as number).kind !== 'directory') return 'NOT_A_DIRECTORY';
    directory = target.id as number;
  }
  return { directory, walked: names.length };
}

export function placeIn(state: CommonsState, directory: number, name: string): Place {
  return { directory, name, id: state.directory(directory).entries.get(name) };
}

/** Where a link in a directory leads. Nothing that a link names lies above the root. */
function followLink(state: CommonsState, holder: number, id: number, links: { count: number }): Place | Refusal {
  if (++links.count > LINKS_FOLLOWED_MAX) return 'LINK_LOOP';
  const link = state.node(id);
  let at: Place = { directory: holder, name: '', id: holder };
  for (const name of link.kind === 'symlink' ? link.target.split('/') : []) {
    if (name === '.') continue;
    const here = at.id as number;
    if (state.node(here).kind !== 'directory') return 'NOT_A_DIRECTORY';
    if (name === '..') {
      const parent = state.parentOf(here);
      if (parent === undefined) return 'NOT_FOUND';
      at = { ...at, id: parent };
      continue;
    }
    const next = placeIn(state, here, name);
    if (next.id === undefined) return 'NOT_FOUND';
    const target = state.node(next.id).kind === 'symlink' ? followLink(state, here, next.id, links) : next;
    if (typeof target === 'string') return target;
    at = target;
  }
  return at;
}

/** What holds for files of a directory, with what the directories above it set. */
export function effectiveLayout(state: CommonsState, directory: number): Partial<DirectoryLayout> {
  const parent = state.parentOf(directory);
  const { layout } = state.node(directory);
  return parent === undefined ? layout : { ...effectiveLayout(state, parent), ...layout };
}
